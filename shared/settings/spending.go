package settings

import (
	"context"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
)

const (
	// spentTTL is how long an instance goes by what it has read that an account has spent. A limit may be passed by what all instances send
	// for the account in that time, and by what was under way when it ended.
	spentTTL = time.Minute
	// closedTTL is the same of the days of a month that are closed, which hardly change.
	closedTTL = time.Hour
)

// purse names whose spending is read, in which currency, up to a day.
type purse struct {
	accountID, currency string
	today               billing.Day
}

// Spending is what an account has spent through the platform's apps in one currency, in millionths of its unit: what is charged for the days
// that are closed, and the estimates of all that was sent, or may have been, on those that are open. A message of a closed day that is sent
// later counts on the day on which it is sent; once its own day is closed again it counts on both, until the day of the send is closed.
type Spending struct{ Day, Month int64 }

// Spent returns what an account with a limit has spent today and this month in the currency of an app; nothing of one without, and nothing is
// read then.
func (a *Accounts) Spent(ctx context.Context, of account.Account, currency string) (Spending, error) {
	if of.Limits == (account.Limits{}) {
		return Spending{}, nil
	}

	return a.spent.Get(ctx, purse{of.ID, currency, billing.Day(of.Day(a.clock.Now()))})
}

// readSpending reads what was spent on a day and in its month until its end.
func (a *Accounts) readSpending(ctx context.Context, db AccountStore, p purse) (s Spending, err error) {
	tomorrow := p.today.Next()

	if s.Day, err = db.SumEstimates(ctx, p.accountID, p.currency, p.today, tomorrow); err != nil {
		return Spending{}, err
	}

	closed, err := a.closed.Get(ctx, p)
	if err != nil {
		return Spending{}, err
	}

	s.Month, err = db.SumEstimates(ctx, p.accountID, p.currency, closed.to, tomorrow)
	s.Month += closed.micros

	return s, err
}

// closedMonth is what was charged in the closed days of a month, up to a day.
type closedMonth struct {
	micros int64
	to     billing.Day
}

func readClosedMonth(ctx context.Context, db AccountStore, p purse) (closedMonth, error) {
	first, _ := p.today.Month()

	days, open, err := db.ClosedUntil(ctx, p.accountID, first, p.today)
	if err != nil {
		return closedMonth{}, err
	}

	month := closedMonth{to: open}

	for _, d := range days {
		for _, row := range d.Usage.Rows {
			if row.Currency == p.currency {
				month.micros += row.ActualMicros
			}
		}
	}

	return month, nil
}
