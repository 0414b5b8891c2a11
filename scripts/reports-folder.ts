/** Where digests and weekly reports are written unless told otherwise, from where one stands. */
export const reportsFolder = 'ops/reports';
