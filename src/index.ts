import { runAction } from './lifecycle.js';
import { publish } from './run.js';

await runAction(publish);
