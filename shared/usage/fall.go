package usage

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Fall is a share of messages that is much lower of late than it was: the first sign of a template that shoppers do not like and that WhatsApp
// pauses next, or of a number that reaches fewer of them.
type Fall struct {
	AppID string
	// TemplateID is empty of an app whose provider chooses its texts itself. Name is what the template is called at WhatsApp.
	TemplateID, Name string
	What             Part
	// From and To are the days of late; To does not count. Share is that of their messages, and Before that of the days before, in
	// hundredths of a percent.
	From, To      billing.Day
	Share, Before int64
	// Messages are those that Share is of.
	Messages int64
}

// Part is what a share is of.
type Part string

// The parts.
const (
	// PartDelivered are the messages that arrived, of those that were given to the provider.
	PartDelivered Part = "delivered"
	// PartRead are the messages that were read, of those that arrived. A shopper may have switched the reports of that off, as before.
	PartRead Part = "read"
)

const (
	// lately is how many days are held against those before, and before how many those are: four weeks have every weekday as often.
	lately     = 3
	beforehand = 28
	// readsWithin is how many days more are waited for messages to be read.
	readsWithin = 1
	// fewestLately and fewestBefore are the least messages that a share is taken of.
	fewestLately = 50
	fewestBefore = 200
	// leastFall is the smallest fall that is told, in hundredths of a percent.
	leastFall = 1000
	// deviations is how many standard deviations a fall has at least, so that chance makes one in 700 at most.
	deviations = 3
)

// Falls is [Book.FallsOf] for a caller, of an account that was just read.
func (b *Book) Falls(ctx context.Context, c access.Caller, a account.Account) ([]Fall, error) {
	if err := c.May(access.Read, a.ID); err != nil {
		return nil, err
	}

	return b.FallsOf(ctx, a)
}

// FallsOf lists the templates of an account, and the apps that choose texts themselves, of whose messages fewer arrive or are read of late. It
// goes by days that are closed.
func (b *Book) FallsOf(ctx context.Context, a account.Account) ([]Fall, error) {
	today := billing.Day(a.Day(b.Clock.Now()))

	days, end, err := b.Store.ClosedUntil(ctx, a.ID, today.Plus(-lately-beforehand-readsWithin-1), today)
	if err != nil {
		return nil, err
	}

	var (
		falls  []Fall
		fallen []series
	)

	for _, of := range slices.SortedFunc(maps.Keys(textsOf(days)), series.compare) {
		for _, what := range []Part{PartDelivered, PartRead} {
			f := Fall{AppID: of.app, TemplateID: of.template, What: what, To: end}
			if what == PartRead {
				f.To = end.Plus(-readsWithin)
			}

			f.From = f.To.Plus(-lately)
			if f.judge(days) {
				falls, fallen = append(falls, f), append(fallen, of)
			}
		}
	}

	names, err := b.names(ctx, fallen)
	for i, of := range fallen {
		falls[i].Name = names[of]
	}

	return falls, err
}

// textsOf returns the templates that messages were sent with, and the apps that messages without one were sent through.
func textsOf(days []store.ClosedDay) map[series]bool {
	all := map[series]bool{}
	for _, d := range days {
		for _, row := range d.Usage.Rows {
			if row.AppID != "" {
				all[series{row.AppID, row.TemplateID}] = true
			}
		}
	}

	return all
}

// judge fills in the shares of a fall, and reports whether it is one.
func (f *Fall) judge(days []store.ClosedDay) bool {
	late, early := f.ratio(days, f.From, f.To), f.ratio(days, f.From.Plus(-beforehand), f.From)
	f.Share, _ = Share(late.part, late.whole)
	f.Before, _ = Share(early.part, early.whole)
	f.Messages = late.whole

	return late.whole >= fewestLately && early.whole >= fewestBefore && f.Before-f.Share >= leastFall && early.differs(late)
}

// ratio is a part of some messages.
type ratio struct{ part, whole int64 }

// ratio returns how many messages of the days from one to another, which does not count, have the part.
func (f *Fall) ratio(days []store.ClosedDay, from, to billing.Day) ratio {
	var r ratio

	for _, d := range days {
		if d.Day < from || d.Day >= to {
			continue
		}

		for _, row := range d.Usage.Rows {
			switch {
			case row.AppID != f.AppID || row.TemplateID != f.TemplateID:
			case f.What == PartRead:
				r.part, r.whole = r.part+row.Read, r.whole+row.Delivered
			default:
				r.part, r.whole = r.part+row.Delivered, r.whole+row.Sent+row.Failed
			}
		}
	}

	return r
}

// differs reports whether two parts differ by more than chance: by so many standard deviations of the difference of two proportions, had both
// the same. In whole numbers that is (p1·n2 − p2·n1)²·(n1+n2) > z²·n1·n2·p·(n1+n2−p), with p = p1+p2.
func (r ratio) differs(other ratio) bool {
	n := big.NewInt
	times := func(all ...*big.Int) *big.Int {
		product := n(1)
		for _, x := range all {
			product.Mul(product, x)
		}

		return product
	}

	difference := new(big.Int).Sub(times(n(r.part), n(other.whole)), times(n(other.part), n(r.whole)))
	parts, all := r.part+other.part, r.whole+other.whole

	return times(difference, difference, n(all)).Cmp(times(n(deviations*deviations), n(r.whole), n(other.whole), n(parts), n(all-parts))) > 0
}

// Text says it in plain sentences, with what to do.
func (f Fall) Text() string {
	what, of, do := "arrived", "messages", "The send log shows with which errors they fail"
	if f.What == PartRead {
		what, of, do = "were read", "messages that arrived", "Look whether the text still fits what shoppers expect, and whether it comes too often"
	}

	through := "through the app " + f.AppID
	if f.TemplateID != "" {
		through = "with the template " + cmp.Or(f.Name, f.TemplateID)
	}

	return fmt.Sprintf("Of the %s %s, %s %% %s from %s to %s, and %s %% in the four weeks before. %s. WhatsApp pauses a template, or limits a number, that shoppers do not like.",
		of, through, percent(f.Share), what, f.From, f.To.Plus(-1), percent(f.Before), do)
}

// percent returns hundredths of a percent as a number with one decimal.
func percent(share int64) string { return fmt.Sprintf("%d.%d", share/100, share%100/10) }
