import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  McpError,
  ReadResourceRequestSchema,
  ErrorCode,
  type Tool as ListedTool,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Door } from './door.ts';
import { instructionsFor } from './instructions.ts';
import type { McpParts } from './parts.ts';
import type { Shelf } from './shelf.ts';
import type { Tool } from './tool.ts';
import { tools } from './tools/index.ts';

/** The tools and the resources in the words of MCP. */
export function protocolServer(parts: McpParts, door: Door, shelf: Shelf): Server {
  const server = new Server(
    { name: 'drydock', title: `Drydock staging of ${parts.project.config.project}`, version: parts.version },
    { capabilities: { tools: {}, resources: {} }, instructions: instructionsFor(parts) },
  );
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: tools.map(listed) }));
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) =>
    door.call(params.name, params.arguments, signal),
  );
  server.setRequestHandler(ListResourcesRequestSchema, () => ({ resources: shelf.resources }));
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: shelf.templates }));
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }) => read(door, shelf, params.uri));
  return server;
}

function listed({ name, title, description, input, readsOnly }: Tool): ListedTool {
  return {
    name,
    title,
    description,
    inputSchema: z.toJSONSchema(input, { io: 'input' }) as ListedTool['inputSchema'],
    annotations: { title, readOnlyHint: readsOnly, destructiveHint: !readsOnly, openWorldHint: false },
  };
}

/** A resource goes through the same door as a call, and is unpacked again behind it. */
async function read(door: Door, shelf: Shelf, uri: string) {
  const { structuredContent, isError } = await door.pass(`resource/${shelf.nameOf(uri)}`, uri, () => shelf.read(uri));
  if (!isError) return structuredContent as { contents: { uri: string; mimeType: string; text: string }[] };
  const { code, message, hint } = structuredContent!['error'] as { code: string; message: string; hint: string | null };
  throw new McpError(
    code === 'MCP_RESOURCE' ? ErrorCode.InvalidParams : ErrorCode.InternalError,
    `${code}: ${message}`,
    {
      hint,
    },
  );
}
