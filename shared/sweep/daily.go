package sweep

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// walkSize is how many accounts one sweep looks at, whatever is known of them. The next one goes on where it ended, so that 5,000
	// accounts are looked at every 100 minutes.
	walkSize = 50
	// checksASweep is the most healthy apps that one sweep asks their providers about: 36,000 a day. What is due beyond that stays due.
	checksASweep = 25
	// timesFor is how long one sweep goes by the times of an app that it has read.
	timesFor = time.Minute
)

// walk looks at the next accounts: it asks about healthy apps that nobody has asked about for a day, and tells people of apps that became
// silent, or on whose number an assistant of the provider's answers. It returns how many apps something was noted of.
func (s *Sweeper) walk(ctx context.Context) (noted int, err error) {
	last, err := s.store.WalkedTo(ctx)
	if err != nil {
		return 0, err
	}

	accounts, unread := s.store.Accounts(ctx, last, walkSize)

	behind := s.behind.take()

	var asked atomic.Int32

	may := func() bool { return asked.Add(1) <= checksASweep }
	times := cache.New(cache.Options{Clock: s.clock, TTL: timesFor, Timeout: timesFor}, s.store.AppTimes) // many accounts are behind the platform's app

	noted, failed := eachAccount(accounts, func(a account.Account) (int, error) {
		n, err := s.lookAt(ctx, a, times, may)
		if errors.Is(err, store.ErrNotFound) {
			err = nil // it is gone meanwhile
		}

		return n, err
	})
	problems := []error{failed, unread, s.warnOfCards(ctx), s.publishRoots(ctx, consent.PlatformAccount), s.goOnWithRoots(ctx, behind)}

	next := ""
	if len(accounts) == walkSize || unread != nil && len(accounts) > 0 {
		next = accounts[len(accounts)-1].ID
	}
	if next != last {
		problems = append(problems, s.store.PutWalkedTo(ctx, next))
	}

	return noted, errors.Join(problems...)
}

// lookAt looks at the apps of an account. timesOf reads an app's times.
func (s *Sweeper) lookAt(ctx context.Context, a account.Account, timesOf *cache.Cache[string, store.AppTimes], may func() bool) (noted int, err error) {
	times := map[string]store.AppTimes{}

	for id := range a.Apps {
		if times[id], err = timesOf.Get(ctx, id); err != nil {
			return 0, err
		}
	}

	s.warnOfSilent(ctx, a, times)

	told := s.apps.TellSigns(ctx, a, times)
	noted, err = s.apps.CheckDaily(ctx, a, may)

	return noted, errors.Join(told, err, s.lookAtMoney(ctx, a), s.lookAtHealth(ctx, a), s.publishRoots(ctx, a.ID))
}
