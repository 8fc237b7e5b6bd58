// Answers requests on standard input, one JSON object a line, with what @cloud-copilot/iam-simulate decides.
import { createInterface } from 'node:readline'
import { createRequire } from 'node:module'

const { runSimulation } = createRequire(process.argv[2] + '/')('@cloud-copilot/iam-simulate')

for await (const line of createInterface({ input: process.stdin })) {
  const found = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' })
  const ignored = found.result?.ignoredContextKeys ?? []
  const answer = found.resultType === 'single' ? found.overallResult : 'error'
  console.log(JSON.stringify({ answer, ignored, errors: found.errors ?? null }))
}
