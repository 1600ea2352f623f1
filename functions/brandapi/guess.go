package brandapi

import (
	"hash/maphash"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

const (
	// allAddresses is how many shares of one address all addresses have together.
	allAddresses = 5
	// maxAddresses bounds the addresses that an instance remembers; maxAccounts bounds the keys.
	maxAddresses = 10_000
)

// guesses limits how fast keys can be tried. Every try takes a token from the share of its address, and one from the share
// that all addresses have together, before the key is looked up. There are two exceptions:
//   - A key that was right before takes none, whatever else comes from its caller's address, which brands may share.
//   - The first try of an address takes its second token from a share for first tries, which is as large as that of one
//     address. Only once that is empty does it take one from the share of all. So a bot that calls from a new address is not
//     shut out by one who guesses from few, and one who changes the address each time is limited all the same.
//
// Over time an instance so looks at no more unknown keys a minute than six times perMinute. What remains possible is to use up
// both common shares from ever new addresses: while that goes on, a key that the instance has not known as right, such as a new
// brand's, is refused with Retry-After most of the time.
//
// All of it is in the instance's memory, and addresses only as hashes with a seed that is nowhere else.
type guesses struct {
	perMinute int
	seed      maphash.Seed

	mu        sync.Mutex
	addresses map[uint64]*rate.Limiter
	// first is the share of the first tries of all addresses, and all that of the others.
	first, all *rate.Limiter
	// right are the hashes of keys that were right.
	right map[string]bool
	// trying counts, by the key's hash, the calls that come with a key at the same time. They are one try.
	trying map[string]int
}

func newGuesses(perMinute int) *guesses {
	return &guesses{
		perMinute: perMinute,
		seed:      maphash.MakeSeed(),
		first:     minutely(perMinute),
		all:       minutely(allAddresses * perMinute),
		addresses: map[uint64]*rate.Limiter{},
		right:     map[string]bool{},
		trying:    map[string]int{},
	}
}

// minutely returns a limiter of n tokens a minute, which holds as many.
func minutely(n int) *rate.Limiter { return rate.NewLimiter(rate.Limit(float64(n)/60), n) }

// begin admits a try of the key with that hash, or returns how long it has to wait. After an admitted one the caller must call
// end.
func (g *guesses) begin(hash, address string, now time.Time) (wait time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if !g.right[hash] && g.trying[hash] == 0 {
		if wait := g.take(maphash.String(g.seed, address), now); wait > 0 {
			return wait
		}
	}
	g.trying[hash]++

	return 0
}

// take takes a token from each share that the address draws on, or from none. Call with mu held.
func (g *guesses) take(address uint64, now time.Time) (wait time.Duration) {
	own, known := g.addresses[address]
	if known {
		return takeBoth(own, g.all, now)
	}

	own = minutely(g.perMinute)

	common := g.all
	if g.first.TokensAt(now) >= 1 {
		common = g.first
	}

	if wait := takeBoth(own, common, now); wait > 0 {
		return wait // the address is not remembered, so that refused tries fill no memory
	}

	if len(g.addresses) >= maxAddresses {
		clear(g.addresses)
	}

	g.addresses[address] = own

	return 0
}

// takeBoth takes a token from both shares, or from neither; it then returns how long until both have one.
func takeBoth(one, other *rate.Limiter, now time.Time) (wait time.Duration) {
	reserved := []*rate.Reservation{one.ReserveN(now, 1), other.ReserveN(now, 1)}
	for _, r := range reserved {
		wait = max(wait, r.DelayFrom(now))
	}

	if wait > 0 {
		for _, r := range reserved {
			r.CancelAt(now)
		}
	}

	return wait
}

// keyResult is what looking a key up has shown.
type keyResult int

const (
	undecided keyResult = iota
	wrongKey
	rightKey
)

// end ends a try that begin admitted. Without a result, as when the store failed, the key stays what it was.
func (g *guesses) end(hash string, result keyResult) {
	g.mu.Lock()
	defer g.mu.Unlock()

	if g.trying[hash]--; g.trying[hash] <= 0 {
		delete(g.trying, hash)
	}

	switch result {
	case rightKey:
		if len(g.right) >= maxAccounts && !g.right[hash] {
			clear(g.right)
		}

		g.right[hash] = true
	case wrongKey:
		delete(g.right, hash)
	case undecided:
	}
}

// admitTry admits a try of a key, or refuses it and says when to try again. The answer is the same for every key.
func (h *handler) admitTry(w http.ResponseWriter, r *http.Request, hash string) error {
	wait := h.guesses.begin(hash, httpx.AddressOf(r), h.Clock.Now())
	if wait <= 0 {
		return nil
	}

	w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))

	return fault.New(fault.TooMany, "brandapi.authenticate", "too many unknown keys; try again later")
}
