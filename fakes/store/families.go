package store

import (
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/logoutlab/logoutlab/fakes/auth"
)

// unknownFamily is what the scripts answer besides an auth.Rotation.
const unknownFamily = -1

// rotate uses up a generation in one step: Redis runs nothing else meanwhile.
// A family is a hash of its current generation, when that was reached in
// microseconds, and whether it is revoked. (Lua's numbers are doubles: exact
// for microseconds, not for nanoseconds.)
var rotate = redis.NewScript(`
local gen, now, grace = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local f = redis.call('HMGET', KEYS[1], 'gen', 'rotated', 'dead')
if not f[1] then return -1 end
local current = tonumber(f[1])
if gen > current then return -1 end
if f[3] == '1' then return 3 end
if gen == current then
  redis.call('HSET', KEYS[1], 'gen', ARGV[4], 'rotated', ARGV[2])
  return 0
end
if gen + 1 == current and now - tonumber(f[2]) < grace then return 1 end
redis.call('HSET', KEYS[1], 'dead', '1')
return 2
`)

// revoke marks a family, but does not bring back one that Redis has forgotten.
var revoke = redis.NewScript(`
if redis.call('EXISTS', KEYS[1]) == 0 then return -1 end
redis.call('HSET', KEYS[1], 'dead', '1')
return 0
`)

// Create keeps a new family at generation 0.
func (r *Redis) Create(id auth.SessionID, user auth.UserID, expires time.Duration) error {
	ctx, cancel := limit()
	defer cancel()
	key := r.key('f', uint64(id))
	_, err := r.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.HSet(ctx, key, "user", uint32(user), "gen", 0, "rotated", 0, "dead", 0)
		p.PExpire(ctx, key, lifeUntil(expires))
		return nil
	})
	return explain(err)
}

// Rotate uses up generation gen of a family.
func (r *Redis) Rotate(id auth.SessionID, gen uint32, now, grace time.Duration) (auth.Rotation, error) {
	n, err := r.run(rotate, id, gen, now.Microseconds(), grace.Microseconds(), uint64(gen)+1)
	if err == nil {
		err = known(n != unknownFamily)
	}
	if err != nil {
		return 0, err
	}
	return auth.Rotation(n), nil
}

// Revoke ends a family.
func (r *Redis) Revoke(id auth.SessionID) error {
	n, err := r.run(revoke, id)
	if err != nil {
		return err
	}
	return known(n != unknownFamily)
}

// Revoked says whether a family was ended.
func (r *Redis) Revoked(id auth.SessionID) (bool, error) {
	ctx, cancel := limit()
	defer cancel()
	dead, err := r.client.HGet(ctx, r.key('f', uint64(id)), "dead").Result()
	return dead == "1", explain(err)
}

func (r *Redis) run(s *redis.Script, id auth.SessionID, args ...any) (int, error) {
	ctx, cancel := limit()
	defer cancel()
	n, err := s.Run(ctx, r.client, []string{r.key('f', uint64(id))}, args...).Int()
	return n, explain(err)
}
