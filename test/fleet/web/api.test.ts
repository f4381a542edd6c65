import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ApiProblem, createApi } from '../../../fleet/web/api.ts'

/** What a request comes to where the server answers so. */
const problemWhere = async (answer: (response: ServerResponse) => void): Promise<unknown> => {
  const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const api = createApi({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  const problem = await api.terminals().catch((thrown: unknown) => thrown)
  server.close().closeAllConnections()
  return problem instanceof ApiProblem ? problem.code : problem
}

const theApi = suite('the API as a page or a program sees it')

theApi('is away while the fleet stops, and while a proxy does not find it', async () => {
  const stops = JSON.stringify({ code: 'unavailable', title: 'The fleet is about to stop', status: 503 })
  assert.is(await problemWhere((response) => response.writeHead(503).end(stops)), 'unreachable')
  for (const status of [502, 503, 504]) {
    const code = await problemWhere((response) => response.writeHead(status).end('<h1>Bad gateway</h1>'))
    assert.is(code, 'unreachable', String(status))
  }
  assert.is(await problemWhere((response) => response.destroy()), 'unreachable')
})

theApi('says its code where it refuses, and none of its own where it failed', async () => {
  const refusal = JSON.stringify({ code: 'forbidden', title: 'No', status: 403 })
  assert.is(await problemWhere((response) => response.writeHead(403).end(refusal)), 'forbidden')
  assert.is(await problemWhere((response) => response.writeHead(401).end()), 'not-signed-in')
  assert.is(await problemWhere((response) => response.writeHead(500).end('oops')), 'internal')
})

theApi.run()
