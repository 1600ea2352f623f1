package sweep

import (
	"context"
	"errors"
	"sync"

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
		n, err := s.checkAccounts(ctx, accounts)
		recovered += n

		failures = append(failures, unread, err)
		if len(accounts) == 0 || len(accounts) < pageSize && unread == nil {
			return recovered, errors.Join(failures...)
		}

		last = accounts[len(accounts)-1].ID
	}
}

// checkAccounts checks accounts, several at a time.
func (s *Sweeper) checkAccounts(ctx context.Context, accounts []account.Account) (recovered int, err error) {
	var (
		mu       sync.Mutex
		failures []error
		running  sync.WaitGroup
	)
	slots := make(chan struct{}, checksAtOnce)

	for _, a := range accounts {
		slots <- struct{}{}

		running.Go(func() {
			defer func() { <-slots }()

			n, err := s.apps.Probe(ctx, a)

			mu.Lock()
			defer mu.Unlock()

			recovered += n

			failures = append(failures, err)
		})
	}

	running.Wait()

	return recovered, errors.Join(failures...)
}
