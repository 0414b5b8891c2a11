import { Document, isScalar, visit } from 'yaml';

/**
 * The text of a project file.
 * @param head stands above it as a comment
 */
export function configText(config: object, head: string): string {
  const document = new Document(config);
  document.commentBefore = head.replace(/^(?=.)/gm, ' ');
  // lists of names read better on one line
  visit(document, { Seq: (_key, seq) => void (seq.flow = seq.items.every((item) => isScalar(item))) });
  return document.toString({ lineWidth: 120 });
}
