import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lintTemplate, readTemplate } from '../support/cloudformation.ts';

const text = readFileSync(join(import.meta.dirname, '../../ops/lambda/template.yaml'), 'utf8');
interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
}

describe('the template of the audit function', () => {
  test('holds nothing that CloudFormation does not know', () => {
    expect(lintTemplate(readTemplate(text))).toEqual([]);
  });

  test.each([
    ['AWS::Lambda::Function', 'AWS::Lambda::Functoin', 'there is no resource type AWS::Lambda::Functoin'],
    ['MemorySize: 512', 'Memory: 512', 'Function: there is no Memory'],
    ['Timeout: 300', 'Timeout: five minutes', 'Function.Timeout: is no integer'],
    ['ScheduleExpression: !Ref Schedule', 'State: ENABLED', 'AuditSchedule: lacks ScheduleExpression'],
    ['SubnetIds: !Ref SubnetIds', 'SubnetIds: !Ref Subnets', 'there is no Subnets to refer to'],
    ['!GetAtt Role.Arn', '!GetAtt Role.Name', 'there is no attribute Role.Name'],
    ['${ReportBucket}/${ReportPrefix}', '${Bucket}/${ReportPrefix}', 'there is no Bucket to refer to'],
    ['SecurityGroupIds: [', 'Groups: [', 'Function.VpcConfig: there is no Groups'],
  ])('with %j written as %j is refused', (right, wrong, finding) => {
    expect(text).toContain(right);
    expect(lintTemplate(readTemplate(text.replace(right, wrong))).join('\n')).toContain(finding);
  });

  test('gives the function rights over its own things only', () => {
    const { Resources: resources } = readTemplate(text) as { Resources: Record<string, { Properties: never }> };
    const { PolicyDocument: policy } = resources['FunctionRights']!.Properties as {
      PolicyDocument: { Statement: (Statement | { 'Fn::If': [string, Statement, unknown] })[] };
    };
    const statements = policy.Statement.map((one) => ('Fn::If' in one ? one['Fn::If'][1] : one));
    const allowed = statements.filter(({ Effect }) => Effect === 'Allow');
    expect(allowed.flatMap(({ Action }) => Action).filter((action) => action.includes('*'))).toEqual([]);
    expect(allowed.filter(({ Resource }) => Resource === '*').map(({ Sid }) => Sid)).toEqual(['JoinTheNetwork']);
    const toS3 = allowed.flatMap(({ Action }) => Action).filter((action) => action.startsWith('s3:'));
    expect(toS3).toEqual(['s3:PutObject']);
  });

  test('runs the handler of the bundle on the Node that Drydock is written for', () => {
    expect(text).toContain('Runtime: nodejs24.x');
    expect(text).toContain('Handler: index.handler');
    expect(text).toContain('Code: ../../dist/lambda');
  });
});
