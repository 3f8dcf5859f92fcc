// Writes the dashboard: node deploy/grafana/source/main.mjs
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardText } from './dashboard.mjs';

writeFileSync(join(import.meta.dirname, '../dashboards/tcp-info.json'), dashboardText());
