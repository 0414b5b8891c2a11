/** Lambda's own loop, as its documentation tells it: ask for the next invocation, run the handler, say how it ended. */
const { AWS_LAMBDA_RUNTIME_API: address, LAMBDA_TASK_ROOT: root, _HANDLER: handlerName = '' } = process.env;
const api = `http://${address}/2018-06-01/runtime`;
const [file, name] = handlerName.split('.') as [string, string];
const { [name]: handler } = (await import(`${root}/${file}.mjs`)) as Record<
  string,
  (event: unknown, context: object) => Promise<unknown>
>;

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id')!;
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    await tell(`${id}/response`, (await handler!(await next.json(), context)) ?? null);
  } catch (error) {
    const { name: errorType, message: errorMessage, stack = '' } = error as Error;
    console.error(stack);
    await tell(`${id}/error`, { errorType, errorMessage, stackTrace: stack.split('\n') });
  }
}

async function tell(path: string, content: unknown): Promise<void> {
  await fetch(`${api}/invocation/${path}`, { method: 'POST', body: JSON.stringify(content) });
}
