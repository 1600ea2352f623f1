package sweep

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// checksAtOnce is how many accounts are checked at the same time, since a provider that hangs takes its time for each.
const checksAtOnce = 16

// checkHealth checks the apps that cannot send and the templates that are held, and releases what works again. It returns
// how many recovered.
func (s *Sweeper) checkHealth(ctx context.Context) (recovered int, err error) {
	var failures []error
	for last := ""; ; {
		accounts, unread := s.store.AccountsNeedingAttention(ctx, last, pageSize)
		n, err := eachAccount(accounts, func(a account.Account) (int, error) {
			s.warnOfHeld(ctx, a)

			return s.apps.Probe(ctx, a)
		})
		recovered += n

		failures = append(failures, unread, err)
		if len(accounts) == 0 || len(accounts) < pageSize && unread == nil {
			return recovered, errors.Join(failures...)
		}

		last = accounts[len(accounts)-1].ID
	}
}

// eachAccount handles accounts, several at a time, and returns the sum of what that came to. A failure keeps no other account from its turn.
func eachAccount(accounts []account.Account, handle func(account.Account) (int, error)) (sum int, err error) {
	var (
		mu       sync.Mutex
		failures []error
		running  errgroup.Group
	)

	running.SetLimit(checksAtOnce)

	for _, a := range accounts {
		running.Go(func() error {
			n, err := handle(a)

			mu.Lock()
			defer mu.Unlock()

			sum += n

			failures = append(failures, err)

			return nil
		})
	}

	_ = running.Wait() // no account ends the group: each failure is kept

	return sum, errors.Join(failures...)
}
