package attest

import (
	"context"
	"errors"
	"math/rand/v2"
	"path"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// lookBack reads a part of a day before a day that was published, chosen at random, and compares it with what is stored: publishing alone only
// looks ahead, and would not find that the past is rewritten. What differs is an error of kind Conflict and a line of severity ERROR.
func (a *Attestor) lookBack(ctx context.Context, accountID, before string) error {
	const op = "attest.lookBack"

	signer, err := a.Signer.Get(ctx)
	if err != nil {
		return err
	}

	name, err := a.earlier(ctx, accountID, before)
	if err != nil || name == "" {
		return err
	}

	chosen, number, ok := proof.PartOf(path.Base(name))
	if !ok {
		return fault.New(fault.Internal, op, "the bucket has something that is not the file of a day")
	}

	release, err := hold(ctx, a.building)
	if err != nil {
		return err
	}
	defer release()

	d, err := a.published(ctx, signer, accountID, chosen, number)
	if err != nil {
		return err
	}

	leaves, err := a.leaves(ctx, d)
	if err != nil {
		return err
	}
	if !d.Has(leaves) {
		return fault.Wrap(fault.Conflict, op, a.differs(ctx, d))
	}

	return nil
}

// leaves returns what is stored of the time of a part; of more than the part has only some.
func (a *Attestor) leaves(ctx context.Context, d proof.Day) (leaves []proof.Leaf, err error) {
	last := store.DayEntry{}

	for int64(len(leaves)) <= d.Count {
		page, err := a.Store.EntriesOfDay(ctx, d.Account, d.From, d.Until, last, pageSize)
		if err != nil {
			return nil, err
		}

		leaves = append(leaves, leavesOf(page)...)
		if len(page) < pageSize {
			break
		}

		last = page[len(page)-1]
	}

	return leaves, nil
}

// differs reports that what is stored of a day is not what is published of it, and returns the error that says so.
func (a *Attestor) differs(ctx context.Context, d proof.Day) *differsError {
	a.Logger.ErrorContext(ctx, "what is stored of a day's consents is not what was published of it", "account_id", logging.Word(d.Account), "day", d.Day, "part", d.Part)

	return &differsError{d.Day}
}

// earlier returns the object of a part, chosen at random, of an account's days before a day; empty if none is published.
func (a *Attestor) earlier(ctx context.Context, accountID, before string) (string, error) {
	folder := proof.DayFolder(accountID) + "/"

	first, err := a.Bucket.List(ctx, folder, "", 1)
	if err != nil || len(first) == 0 {
		return "", err
	}

	days, begin, err := daysBetween(path.Base(first[0]), before)
	if err != nil || days < 1 {
		return "", err
	}

	from := begin.AddDate(0, 0, rand.IntN(days)) //nolint:gosec // no secret: it only must not be known before

	// From a random day on to a random one of the parts that follow: after days without an entry those of the next one that has some.
	names, err := a.Bucket.List(ctx, folder, folder+from.Format(proof.DayForm), partsToChooseFrom)
	if err != nil {
		return "", err
	}

	var chosen []string

	for _, name := range names {
		of, _, ok := proof.PartOf(path.Base(name))
		next, _, _ := proof.PartOf(path.Base(names[0]))

		if ok && of < before && of == next {
			chosen = append(chosen, name)
		}
	}

	if len(chosen) == 0 {
		return first[0], nil
	}

	return chosen[rand.IntN(len(chosen))], nil //nolint:gosec // as above
}

// daysBetween returns the day whose file has a name, and how many days it is before another one.
func daysBetween(name, before string) (days int, begin time.Time, err error) {
	of, _, _ := proof.PartOf(name)

	begin, err = time.Parse(proof.DayForm, of)
	end, failed := time.Parse(proof.DayForm, before)

	return int(end.Sub(begin) / day), begin, fault.Wrap(fault.Internal, "attest.daysBetween", errors.Join(err, failed))
}

// partsToChooseFrom is of how many parts of a day one may be chosen: those of a million entries.
const partsToChooseFrom = 64
