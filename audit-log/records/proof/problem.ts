/** Something that is not as it was sealed. */
export interface Problem {
  readonly kind: string;
  readonly message: string;
  readonly record?: string;
  readonly workspace?: string;
  readonly position?: number;
  readonly checkpoint?: number;
}
