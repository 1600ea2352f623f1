package subscribe

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
	// wrongPerMinute is how many POSTs that fit no order one address may make in a minute.
	wrongPerMinute = 20
	// ordersPerMinute is how many orders one address may look at in a minute where no order link is asked for. Shoppers of one
	// mobile network share addresses.
	ordersPerMinute = 300
	// maxAddresses bounds the addresses that an instance remembers.
	maxAddresses = 10_000
)

// limiter gives each address so many tokens a minute, and holds as many. It is in the instance's memory, addresses only as
// hashes with a seed that is nowhere else.
type limiter struct {
	perMinute int
	seed      maphash.Seed

	mu        sync.Mutex
	addresses map[uint64]*rate.Limiter
}

func newLimiter(perMinute int) *limiter {
	return &limiter{perMinute: perMinute, seed: maphash.MakeSeed(), addresses: map[uint64]*rate.Limiter{}}
}

// take takes a token of the address, or returns how long it has to wait for one.
func (l *limiter) take(address string, now time.Time) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()

	key := maphash.String(l.seed, address)
	own := l.addresses[key]
	if own == nil {
		if len(l.addresses) >= maxAddresses {
			clear(l.addresses)
		}

		own = rate.NewLimiter(rate.Limit(float64(l.perMinute)/60), l.perMinute)
		l.addresses[key] = own
	}

	reserved := own.ReserveN(now, 1)
	if wait = reserved.DelayFrom(now); wait > 0 {
		reserved.CancelAt(now)
	}

	return wait
}

// admit refuses a request of an address without a token, and says when to try again.
func (l *limiter) admit(w http.ResponseWriter, r *http.Request, now time.Time) error {
	wait := l.take(httpx.AddressOf(r), now)
	if wait <= 0 {
		return nil
	}

	w.Header().Set("Retry-After", strconv.FormatInt(int64(math.Ceil(wait.Seconds())), 10))

	return fault.New(fault.TooMany, "subscribe.admit", "too many tries from this address; try again after Retry-After")
}
