import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import helmet from 'helmet'

/** Pages load nothing from outside, run no inline script and stand in no foreign frame. */
const protect = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      'default-src': ["'self'"],
      'img-src': ["'self'", 'data:', 'blob:'],
      'object-src': ["'none'"],
      'base-uri': ["'none'"],
      'form-action': ["'self'"],
      'frame-ancestors': ["'self'"],
    },
  },
  // The proxy before the door says it.
  strictTransportSecurity: false,
})

/** The headers by which helmet protects an answer: the same ones for all, so it is asked once. */
export const protection = (): Map<string, string> => {
  const request = new IncomingMessage(new Socket())
  const answer = new ServerResponse(request)
  protect(request, answer, (error) => {
    if (error !== undefined) throw error
  })
  return new Map(answer.getHeaderNames().map((name) => [name, String(answer.getHeader(name))]))
}
