/** Digests of tool events: cost, privacy, drift. Built from tallies, wherever those come from. */
export { costDigest, type CostDigest } from './cost.ts';
export { Dashboards, type DashboardOrder } from './dashboards.ts';
export { driftDigest, type DriftDigest } from './drift.ts';
export { fileTallies } from './file-tallies.ts';
export type { Completeness, DigestPlace } from './head.ts';
export { costMarkdown, privacyMarkdown } from './markdown.ts';
export { oldestDays, openDigestPlace, usesPostgres, type DigestOrder } from './place.ts';
export { privacyDigest, type OldestDays, type PrivacyDigest } from './privacy.ts';
export { RollUps } from './roll-ups.ts';
export { seriesOf, type SeriesPoint } from './series.ts';
export { discoveries, twoSidedTail } from './student.ts';
export { recountedTallies, rollUpDifferences, rollUpTallies, spooledTallies, workspaceTallies } from './sources.ts';
export { together, type Tally, type TallySource } from './tally.ts';
export { usageDrift, type UsageReport } from './usage-drift.ts';
export { dayWindow, hoursWindow, weekOf, weekWindow } from './window.ts';
export { WorkspaceDashboards, type WorkspaceOrder } from './workspace.ts';
export { fileDigest, type Filed, type FiledDigest } from './write.ts';
