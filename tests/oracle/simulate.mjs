// Asks @cloud-copilot/iam-simulate: one simulation a line in, one answer a line out, in the same order.
// Its own process, started by tests alone: the package is no part of trustscan.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { join } from 'node:path'

const modules = process.argv[2]
const { runSimulation } = createRequire(join(modules, 'x'))('@cloud-copilot/iam-simulate')

for await (const line of createInterface({ input: process.stdin })) {
  const found = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' })
  const answer =
    found.resultType === 'error'
      ? { error: JSON.stringify(found.errors) }
      : { result: found.overallResult, ignored: found.result?.ignoredContextKeys ?? [] }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
