import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import { parse, type ScalarTag, type CollectionTag } from 'yaml';

type Value = unknown;
type Members = Record<string, Value>;
interface PropertyType {
  readonly type: string;
  readonly reference?: { readonly $ref: string };
  readonly element?: PropertyType;
}
type Properties = Record<string, { readonly type: PropertyType; readonly required?: boolean }>;

const spec = loadAwsServiceSpecSync();
const functions = ['Ref', 'Sub', 'GetAtt', 'If', 'Equals', 'Not'];
const pseudo = ['AWS::StackName', 'AWS::Partition', 'AWS::Region', 'AWS::AccountId', 'AWS::NoValue'];

/** Reads a template whose functions are written as tags: `!Ref X` becomes { Ref: X }, `!Sub …` { 'Fn::Sub': … }. */
export function readTemplate(text: string): Members {
  const nameOf = (name: string) => (name === 'Ref' ? name : `Fn::${name}`);
  const customTags = functions.flatMap((name): (ScalarTag | CollectionTag)[] => [
    { tag: `!${name}`, resolve: (value: string) => ({ [nameOf(name)]: value }) },
    {
      tag: `!${name}`,
      collection: 'seq',
      resolve: (items) => ({ [nameOf(name)]: (items as { toJSON(): unknown }).toJSON() }) as never,
    },
  ]);
  return parse(text, { customTags }) as Members;
}

/** What CloudFormation would refuse, by AWS's own database of resource types: unknown, missing, mistyped, unresolved. */
export function lintTemplate(template: Members): string[] {
  const resources = template['Resources'] as Record<string, Members>;
  const names = new Set([...Object.keys(resources), ...Object.keys(template['Parameters'] as Members), ...pseudo]);
  const found = Object.entries(resources).flatMap(([name, { Type: type, Properties: properties }]) => {
    const [known] = spec.lookup('resource', 'cloudFormationType', 'equals', String(type));
    if (!known) return [`${name}: there is no resource type ${String(type)}`];
    return lintMembers(name, properties as Members, known.properties as unknown as Properties);
  });
  return [...found, ...lintReferences(template, names, resources)];
}

function lintMembers(place: string, given: Members, known: Properties): string[] {
  const missing = Object.keys(known).filter((name) => known[name]!.required && !(name in given));
  return [
    ...missing.map((name) => `${place}: lacks ${name}`),
    ...Object.entries(given).flatMap(([name, value]) => {
      const property = known[name];
      return property ? lintValue(`${place}.${name}`, value, property.type) : [`${place}: there is no ${name}`];
    }),
  ];
}

function lintValue(place: string, value: Value, type: PropertyType): string[] {
  if (isFunction(value)) return [];
  const mistyped = [`${place}: is no ${type.type}`];
  if (type.type === 'string') return typeof value === 'string' ? [] : mistyped;
  if (type.type === 'integer') return Number.isInteger(value) ? [] : mistyped;
  if (type.type === 'array') {
    if (!Array.isArray(value)) return mistyped;
    return value.flatMap((item, index) => lintValue(`${place}[${index}]`, item, type.element!));
  }
  // code is a folder until "aws cloudformation package" has replaced it
  if (type.type !== 'ref' || place === 'Function.Code') return [];
  const definition = spec.get('typeDefinition', type.reference!.$ref);
  return lintMembers(place, value as Members, definition.properties as unknown as Properties);
}

function lintReferences(value: Value, names: ReadonlySet<string>, resources: Record<string, Members>): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => lintReferences(item, names, resources));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const targets = referencesOf(key, inner);
    const lost = targets.filter((name) => !names.has(name)).map((name) => `there is no ${name} to refer to`);
    if (key === 'Fn::GetAtt') lost.push(...lostAttribute(String(inner), resources));
    return [...lost, ...lintReferences(inner, names, resources)];
  });
}

function referencesOf(key: string, value: Value): string[] {
  if (key === 'Ref') return [String(value)];
  if (key === 'Fn::GetAtt') return [String(value).split('.')[0]!];
  if (key === 'Fn::Sub') return [...String(value).matchAll(/\$\{([^}]+)\}/g)].map(([, name]) => name!);
  return [];
}

function lostAttribute(address: string, resources: Record<string, Members>): string[] {
  const [name = '', ...attribute] = address.split('.');
  const [known] = spec.lookup('resource', 'cloudFormationType', 'equals', String(resources[name]?.['Type']));
  return known && !(attribute.join('.') in known.attributes) ? [`there is no attribute ${address}`] : [];
}

function isFunction(value: Value): boolean {
  const [key, ...more] = Object.keys((value as Members | null) ?? {});
  return more.length === 0 && (key === 'Ref' || key?.startsWith('Fn::') === true);
}
