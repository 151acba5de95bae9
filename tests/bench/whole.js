// The whole life of a job without Licet, in Node: ask three lists and the cap, hand over, record the outcome.
//
//     node whole.js bullmq|plain SOCKET PREFIX JOBS
//
// bullmq: a queue and two workers of it, a hundred jobs at once each; the processor asks and records.
// plain: pipelines of a hundred jobs; what it popped is lost if it dies.
// Prints how many jobs were recorded. ioredis and bullmq are found by NODE_PATH.
'use strict'
const Redis = require('ioredis')
const [, , how, path, prefix, jobs] = process.argv
const LISTS = ['list:opposition', 'list:opposition:acme', 'plain:anti-prospection'].map((l) => prefix + l)
const CONSENT = {
  product: 'toys', channel: 'automated-voice', collected_at: '2026-09-01T10:12:00+02:00', until: '2027-08-31',
  form: ['identity', 'choice', 'period', 'withdrawal', 'proof'], proof: 'form-v3/88121'
}
const count = Number(jobs)
const connection = { path, maxRetriesPerRequest: null }
const job = (i) => ({ id: `j${i}`, to: `+336${String(i).padStart(8, '0')}`, consent: CONSENT })
const consented = (j) => j.consent.channel === 'automated-voice' && j.consent.until >= '2026-11-24'

function record (pipe, j, outcome) {
  pipe.xadd(prefix + 'plain:done', '*', 'id', j.id, 'to', j.to, 'outcome', outcome, 'released_ms', Date.now(), 'consent', j.consent.proof)
  pipe.hincrby(prefix + 'plain:stats', outcome, 1)
}

async function plain () {
  const redis = new Redis(connection)
  for (let at = 0; at < count; at += 1000) {
    await redis.rpush(prefix + 'plain:queue', ...Array.from({ length: Math.min(1000, count - at) }, (_, k) => JSON.stringify(job(at + k))))
  }
  let done = 0
  for (;;) {
    const texts = await redis.lpop(prefix + 'plain:queue', 100)
    if (!texts) break
    const batch = texts.map((t) => JSON.parse(t)).filter(consented)
    const numbers = batch.map((j) => j.to)
    const ask = redis.pipeline()
    for (const list of LISTS) ask.smismember(list, ...numbers)
    ask.hmget(prefix + 'plain:attempts', ...numbers)
    const [a, b, c, attempts] = (await ask.exec()).map((r) => r[1])
    const good = batch.filter((_, i) => !a[i] && !b[i] && !c[i] && Number(attempts[i] || 0) < 4)
    if (good.length === 0) continue
    const out = redis.pipeline()
    for (const j of good) out.hincrby(prefix + 'plain:attempts', j.to, 1)
    out.rpush(prefix + 'plain:out', ...good.map((j) => JSON.stringify(j)))
    await out.exec()
    // The sender, which calls and tells what became of it.
    const taken = (await redis.lpop(prefix + 'plain:out', 100)).map((t) => JSON.parse(t))
    const told = redis.pipeline()
    for (const j of taken) record(told, j, 'answered')
    await told.exec()
    done += taken.length
  }
  console.log(done)
  redis.disconnect()
}

async function bullmq () {
  const { Queue, Worker } = require('bullmq')
  const queue = new Queue('life', { connection, prefix: prefix + 'bull' })
  for (let at = 0; at < count; at += 1000) {
    const some = Array.from({ length: Math.min(1000, count - at) }, (_, k) => ({ name: 'call', data: job(at + k) }))
    await queue.addBulk(some.map((j) => ({ ...j, opts: { removeOnComplete: true } })))
  }
  const redis = new Redis(connection)
  let done = 0
  await new Promise((resolve, reject) => {
    const processor = async ({ data: j }) => {
      if (!consented(j)) return
      const ask = redis.pipeline()
      for (const list of LISTS) ask.sismember(list, j.to)
      ask.hincrby(prefix + 'plain:attempts', j.to, 1)
      const [a, b, c, attempts] = (await ask.exec()).map((r) => r[1])
      if (a || b || c || attempts > 4) return
      const told = redis.pipeline()
      record(told, j, 'answered')
      await told.exec()
    }
    for (let i = 0; i < 2; i++) {
      const worker = new Worker('life', processor, { connection, prefix: prefix + 'bull', concurrency: 100 })
      worker.on('completed', () => { if (++done === count) resolve() })
      worker.on('failed', (_, e) => reject(e))
      worker.on('error', reject)
    }
  })
  console.log(done)
  process.exit(0)
}

(how === 'bullmq' ? bullmq() : plain()).catch((e) => { console.error(String(e)); process.exit(1) })
