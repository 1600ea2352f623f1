package brandapi

import (
	"hash/maphash"
	"math"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

const (
	// allAddresses is how many times the share of one address all those together have that have tried before.
	allAddresses = 5
	// maxAddresses bounds the addresses, and maxAccounts the keys, that an instance remembers.
	maxAddresses = 10_000
	// wholeNetwork is what one holder of IPv6 addresses has at least.
	wholeNetwork = 64
)

// guesses slow down who tries keys. A key that was right before is never slowed down, whatever else comes from its caller's
// address, which it may share with those of other brands; nor is the first try of an address, whatever others do. So
// nobody can shut out a brand by guessing. All else takes from the share of its address, and from one that all addresses
// have together, before the key is looked at.
//
// It is all in the instance's memory, and addresses only as hashes with a seed that is nowhere else.
type guesses struct {
	perMinute int
	seed      maphash.Seed

	mu        sync.Mutex
	addresses map[uint64]*rate.Limiter
	all       *rate.Limiter
	// right are the hashes of keys that were right. trying counts the calls that come with a key at the same time, which
	// are one try.
	right  map[string]bool
	trying map[string]int
}

func newGuesses(perMinute int) *guesses {
	return &guesses{
		perMinute: perMinute, seed: maphash.MakeSeed(), all: minutely(allAddresses * perMinute),
		addresses: map[uint64]*rate.Limiter{}, right: map[string]bool{}, trying: map[string]int{},
	}
}

// minutely holds a minute's worth of tokens.
func minutely(n int) *rate.Limiter { return rate.NewLimiter(rate.Limit(float64(n)/60), n) }

// begin lets a try of the key with that hash through, or tells how long it has to wait. After one that was let through the
// caller must call end.
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
	if !known {
		if len(g.addresses) >= maxAddresses {
			clear(g.addresses)
		}
		own = minutely(g.perMinute)
		g.addresses[address] = own
		own.AllowN(now, 1)
		return 0
	}
	reserved := []*rate.Reservation{own.ReserveN(now, 1), g.all.ReserveN(now, 1)}
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

// verdict is what a try has found out of a key.
type verdict int

const (
	undecided verdict = iota
	wrongKey
	rightKey
)

func (g *guesses) end(hash string, v verdict) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.trying[hash]--; g.trying[hash] <= 0 {
		delete(g.trying, hash)
	}
	switch v {
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

// admitTry lets a try through, or refuses it with the time to come again. The answer is the same for every key.
func (h *handler) admitTry(w http.ResponseWriter, r *http.Request, hash string) error {
	wait := h.guesses.begin(hash, addressOf(r), h.Clock.Now())
	if wait <= 0 {
		return nil
	}
	w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))
	return fault.New(fault.TooMany, "brandapi.authenticate", "too many unknown keys; try again later")
}

// addressOf is the address that a call comes from, of an IPv6 one its network. Google's front end puts it behind whatever
// the caller wrote into X-Forwarded-For; without one, the connection's counts.
func addressOf(r *http.Request) string {
	given, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		given = r.RemoteAddr
	}
	if lines := r.Header.Values("X-Forwarded-For"); len(lines) > 0 {
		last := lines[len(lines)-1]
		given = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	addr, err := netip.ParseAddr(given)
	if err != nil {
		return given
	}
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if network, err := addr.Prefix(wholeNetwork); err == nil {
			return network.Addr().String()
		}
	}
	return addr.String()
}
