package dispatch

import (
	"context"
	"errors"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
)

// probesAtOnce is how many accounts are probed at the same time, since a provider that hangs takes its time for each.
const probesAtOnce = 16

// sweepAccounts tries apps that cannot send and templates that are held, and lets go what works again.
func (d *Dispatcher) sweepAccounts(ctx context.Context, s *Swept) error {
	last := ""
	var failures []error
	for {
		accounts, err := d.Store.AccountsNeedingAttention(ctx, last, sweepLimit)
		if err != nil {
			return errors.Join(append(failures, err)...)
		}
		failures = append(failures, d.probeAll(ctx, s, accounts))
		if len(accounts) < sweepLimit {
			return errors.Join(failures...)
		}
		last = accounts[len(accounts)-1].ID
	}
}

// probeAll probes accounts, several at a time.
func (d *Dispatcher) probeAll(ctx context.Context, s *Swept, accounts []account.Account) error {
	var mu sync.Mutex
	var failures []error
	var running sync.WaitGroup
	slots := make(chan struct{}, probesAtOnce)
	for _, a := range accounts {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			recovered, err := d.apps.Probe(ctx, a)
			mu.Lock()
			defer mu.Unlock()
			s.Recovered += recovered
			failures = append(failures, err)
		})
	}
	running.Wait()
	return errors.Join(failures...)
}
