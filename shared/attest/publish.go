package attest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	// settles is how long after its end a day is published. Firestore gives an entry its time when it is committed, so that none comes to a
	// day that is over but one that is being committed.
	settles = 15 * time.Minute
	// partsACall is the most parts of days that one call publishes, and entriesACall the most entries after which it begins another one: a
	// later call goes on. A part of the full size takes some seconds, and all accounts share one call of sweep.
	partsACall   = 31
	entriesACall = 2 * proof.PartSize
	// pageSize is how many entries one query reads.
	pageSize = 1000
	// day is a day in UTC.
	day = 24 * time.Hour
)

// Publish publishes the roots of an account's days that are over, or of those of [consent.PlatformAccount], in parts of a day. It may be called
// at any time, by several at once, and stop at any point: the same entries make the same file, and a file that is published stays. Each part is
// kept for itself, so that a call goes on behind the last one.
//
// behind is how long ago the first day was over that is not published, or not whole; 0 if there is none. Without an error that means that there
// is more to do than one call does. If it cannot be read how far the account is, behind counts from what this instance knew last.
//
// If what is published has another content than the entries give, a stored entry was changed since: that is an error of kind Conflict, told
// once, and the days after it go on from what is published. When a call has completed a day, it looks for the same at a part of an earlier
// one; see [Attestor.lookBack].
func (a *Attestor) Publish(ctx context.Context, accountID string) (behind time.Duration, err error) {
	if !a.Bucket.Named() {
		return 0, nil
	}

	state, err := a.Store.RootState(ctx, accountID)
	if err != nil {
		return a.progress.behind(accountID, a.Clock.Now()), err
	}

	// Whether a day is over goes by the clock that gives the entries their times.
	open := state.ReadAt.UTC().Add(-settles).Truncate(day)
	problems := a.publishDays(ctx, accountID, open, &state)

	if err = errors.Join(problems...); err == nil || fault.Is(err, fault.Conflict) {
		err = errors.Join(err, a.publishKey(ctx))
	}

	if state.From.IsZero() {
		return a.progress.behind(accountID, state.ReadAt), err
	}

	a.progress.note(accountID, state.From.Truncate(day).Add(day))

	if state.From.Before(open) {
		behind = a.progress.behind(accountID, state.ReadAt)
	}

	return behind, err
}

// publishDays publishes what one call does of the days before open, and looks back if a day was completed. It notes in state how far it came.
func (a *Attestor) publishDays(ctx context.Context, accountID string, open time.Time, state *store.RootState) (problems []error) {
	first, completed := "", false

	for parts, entries := 0, int64(0); state.From.Before(open) && parts < partsACall && entries < entriesACall; parts++ {
		d, err := a.publishNext(ctx, accountID, open, state)

		if differs, ok := errors.AsType[*differsError](err); ok {
			problems, err = append(problems, fault.Wrap(fault.Conflict, "attest.Publish", differs)), nil
		}
		if first == "" {
			first = d.Day
		}
		if err == nil {
			completed = completed || d.Last
			*state, err = a.Store.PutRootState(ctx, accountID, *state)
		}

		if store.IsConflict(err) || errors.Is(err, store.ErrExists) {
			break // somebody else is at it
		}
		if err != nil {
			return append(problems, err)
		}

		entries += d.Count
	}

	if completed {
		problems = append(problems, a.lookBack(ctx, accountID, first))
	}

	return problems
}

// progress is what an instance knows of how far the accounts are published. It is safe for concurrent use.
type progress struct {
	mu    sync.Mutex
	ended map[string]time.Time
}

// note keeps when the first day that is not published is over, or was.
func (p *progress) note(accountID string, ended time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()

	p.ended[accountID] = ended
}

// behind returns for how long the first day that is not published is over. Of an account of which that could never be read it counts from
// the first time that it was asked.
func (p *progress) behind(accountID string, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()

	if p.ended[accountID].IsZero() {
		p.ended[accountID] = now
	}

	return max(now.Sub(p.ended[accountID]), 0)
}

// publishNext publishes the next part before open that has entries, and notes it in state; the part is zero if there is none. A part that does
// not fit what is published in its place is a *differsError, and the one that is published is returned.
func (a *Attestor) publishNext(ctx context.Context, accountID string, open time.Time, state *store.RootState) (proof.Day, error) {
	// The entries of a part are some megabytes, of which an instance has one account's at a time.
	release, err := hold(ctx, a.building)
	if err != nil {
		return proof.Day{}, err
	}
	defer release()

	of := proof.Statement{Account: accountID, Part: state.Part + 1, From: state.From.UTC(), Previous: state.Last}

	if of.Part == 1 { // days without an entry have no file
		first, unread := a.Store.EntriesOfDay(ctx, accountID, state.From, open, store.DayEntry{}, 1)
		if unread != nil {
			return proof.Day{}, unread
		}
		if len(first) == 0 {
			state.From = open
			return proof.Day{}, nil
		}

		of.From = first[0].StoredAt.UTC().Truncate(day)
		state.From = of.From // also if it fails: that is the day that is late
	}

	d, err := a.publishPart(ctx, of)
	if d.Part > 0 {
		state.From, state.Part, state.Last = d.Until, d.Part, d.Hash()
	}
	if d.Last {
		state.Part = 0
	}

	return d, err
}

// differsError says that what is published of a day is not what is stored of it.
type differsError struct{ day string }

// Error names the day.
func (e *differsError) Error() string {
	return "what is stored of " + e.day + " is not what was published of it: an entry was changed, added or removed since"
}

// publishPart publishes the part of a day that begins where a statement says. If another one is published in its place, that is the one that
// counts: it is returned together with a *differsError.
func (a *Attestor) publishPart(ctx context.Context, of proof.Statement) (proof.Day, error) {
	signer, err := a.Signer.Get(ctx)
	if err != nil {
		return proof.Day{}, err
	}

	begin := of.From.Truncate(day)
	of.Day = begin.Format(proof.DayForm)

	entries, until, err := a.part(ctx, of.Account, of.From, begin.Add(day))
	if err != nil {
		return proof.Day{}, err
	}

	of.Until, of.Last = until, until.Equal(begin.Add(day))

	d, file, err := signer.NewDay(of, leavesOf(entries))
	if err != nil {
		return proof.Day{}, fault.Wrap(fault.Internal, "attest.publishPart", err)
	}

	err = a.Bucket.Put(ctx, proof.DayObject(of.Account, of.Day, of.Part), "application/json", file)
	if errors.Is(err, archive.ErrDiffers) {
		there, failed := a.published(ctx, signer, of.Account, of.Day, of.Part)
		if failed != nil {
			return proof.Day{}, errors.Join(err, failed)
		}

		return there, a.differs(ctx, there)
	}
	if err != nil {
		return proof.Day{}, err
	}

	return d, nil
}

// publishKey publishes the public key, once an instance, also before there is a day.
func (a *Attestor) publishKey(ctx context.Context) error {
	if a.keyed.Load() {
		return nil
	}

	signer, err := a.Signer.Get(ctx)
	if err != nil {
		return err
	}

	text, err := proof.PublicPEM(signer.Public())
	if err != nil {
		return fault.Wrap(fault.Internal, "attest.publishKey", err)
	}
	if err = a.Bucket.Put(ctx, proof.KeyObject(signer.Public()), "application/x-pem-file", text); err != nil {
		return err
	}

	a.keyed.Store(true)

	return nil
}
