import type { Command } from '../command.ts';

/** The contract, to look at. */
export const contract: Command = {
  name: 'contract',
  summary: 'print who may do what: as a table, for a document, as a diagram or a picture',
  example: 'drydock contract --form svg > contract.svg',
  options: [{ flags: '--form <form>', summary: 'table, markdown, mermaid or svg', default: 'table' }],

  async run(io, options) {
    const { jsonOf } = await import('../render/json.ts');
    const { openProject } = await import('../workplace.ts');
    const { contractForms, contractGrid, contractPicture } = await import('../../stage/contract-picture/index.ts');
    const { DrydockError, exitCodes } = await import('../../ops/errors.ts');

    const { config } = await openProject(io, options);
    const form = contractForms.find((known) => known === options['form']);
    if (!form) {
      throw new DrydockError('USAGE_FORM', `There is no form "${String(options['form'])}" of a contract.`, {
        hint: `Choose one of ${contractForms.join(', ')}.`,
      });
    }
    io.out(options.json ? jsonOf(contractGrid(config)) : contractPicture(config, form));
    return exitCodes.go;
  },
};
