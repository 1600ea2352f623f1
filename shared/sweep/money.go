package sweep

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// moneyEvery is how often an instance looks at what an account has sent and spent.
const moneyEvery = time.Hour

// The lines that alerts of the deployment wait for.
const (
	spendingLine = "an account has spent four fifths of a limit"
	oldCardLine  = "the newest rate card is of a former quarter"
	fallLine     = "fewer messages of a template arrive or are read"
)

// rounds are when this instance did something last, by names. It is safe for concurrent use.
type rounds struct {
	mu    sync.Mutex
	times map[string]time.Time
}

// due reports whether it is time again, which it is every so often, and notes that it is done now.
func (r *rounds) due(name string, every time.Duration, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()

	if last, ok := r.times[name]; ok && now.Sub(last) < every {
		return false
	}

	r.times[name] = now

	return true
}

// lookAtMoney adds up the days of an account that are over, and warns if it has spent most of a limit.
func (s *Sweeper) lookAtMoney(ctx context.Context, a account.Account) error {
	if !s.rounds.due("money "+a.ID, moneyEvery, s.clock.Now()) {
		return nil
	}

	return errors.Join(s.book.Close(ctx, a.ID), s.warnOfSpending(ctx, a))
}

func (s *Sweeper) warnOfSpending(ctx context.Context, a account.Account) error {
	for _, app := range a.Apps {
		if app.Ownership != message.Platform {
			continue
		}

		spent, err := s.accounts.Spent(ctx, a, app.Currency())
		if err != nil {
			return err
		}
		if a.Limits.Near(spent.Day, spent.Month) {
			s.logger.WarnContext(ctx, spendingLine, "account_id", logging.Word(a.ID), "currency", app.Currency(),
				"day_micros", spent.Day, "month_micros", spent.Month, "day_limit_micros", a.Limits.DailyMicros, "month_limit_micros", a.Limits.MonthlyMicros)

			return nil
		}
	}

	return nil
}

// warnOfCards warns of currencies whose newest rate card is from before this quarter.
func (s *Sweeper) warnOfCards(ctx context.Context) error {
	now := s.clock.Now()
	if !s.rounds.due("cards", moneyEvery, now) {
		return nil
	}

	cards, err := s.accounts.Cards(ctx)
	if err != nil {
		return err
	}

	for _, currency := range cards.Stale(now) {
		s.logger.WarnContext(ctx, oldCardLine, "currency", currency)
	}

	return nil
}
