/**
 * Cluster map: goal: who has which slot is read right from what nodes say, in all the ways they say it. Method: replies
 * as Redis 7 gives them.
 */
import { describe, expect, test } from 'vitest'
import { readMap, shardOf } from '../../../src/ingest/cluster-map.ts'

const INFO = 'cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_current_epoch:7\r\n'
const NODES = `
aa 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-99 105 [200->-bb]
bb 10.0.0.2:6379@16379,node-b master,fail? - 0 0 7 connected 100-104 106-16383
cc 10.0.0.3:6379@16379 slave bb 0 0 7 connected
ff 10.0.0.5:6379@16379 slave,fail bb 0 0 7 connected
dd 10.0.0.4:6379@16379 master,fail - 0 0 3 disconnected 16384
ee :0@0 master,noaddr - 0 0 2 disconnected 16385
`

describe('the map that a node gives', () => {
  const map = readMap(INFO, NODES, 'seed')

  test('masters that are not given up, with their slots, epochs and the names that they announce', () => {
    expect(map.shards).toEqual([
      {
        address: '10.0.0.1:6379',
        epoch: 1,
        replicas: [],
        ranges: [
          [0, 99],
          [105, 105],
        ],
      },
      {
        address: 'node-b:6379',
        epoch: 7,
        replicas: ['10.0.0.3:6379'],
        ranges: [
          [100, 104],
          [106, 16383],
        ],
      },
    ])
  })

  test('its epoch and state, and whom to ask next', () => {
    expect(map).toMatchObject({ epoch: 7, isOk: true })
    expect(map.nodes).toEqual([
      '10.0.0.1:6379',
      'node-b:6379',
      '10.0.0.3:6379',
      '10.0.0.5:6379',
      '10.0.0.4:6379',
    ])
  })

  test.each([
    [0, '10.0.0.1:6379'],
    [99, '10.0.0.1:6379'],
    [100, 'node-b:6379'],
    [105, '10.0.0.1:6379'],
    [16383, 'node-b:6379'],
    [16384, undefined],
  ])('slot %i is at %s', (slot, address) => {
    expect(shardOf(map, slot)?.address).toBe(address)
  })

  test.each([
    ['a node that does not know its own address', ':7000@17000', 'seed', 'seed:7000'],
    ['IPv6', 'fd00::1:7000@17000', 'seed', '[fd00::1]:7000'],
    ['a host that is IPv6', ':7000@17000', '[::1]', '[::1]:7000'],
    ['an empty name', '10.0.0.1:7000@17000,', 'seed', '10.0.0.1:7000'],
    ['more than a name', '10.0.0.1:7000@17000,a,shard-id=b', 'seed', 'a:7000'],
  ])('%s', (_, where, host, address) => {
    const { nodes } = readMap(INFO, `aa ${where} master - 0 0 1 connected 0-5`, host)
    expect(nodes).toEqual([address])
  })

  test('a node that is cut off says so', () => {
    expect(readMap('cluster_state:fail\r\n', '', 'seed')).toEqual({
      epoch: 0,
      isOk: false,
      shards: [],
      nodes: [],
    })
  })
})
