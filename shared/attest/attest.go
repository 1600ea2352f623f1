// Package attest is the use case that proves consents to strangers: it makes the files that package proof checks, and publishes the daily
// roots that they rest on.
//
//	entries of a day that is over ─▶ [Attestor.Publish], called by sweep ─▶ the day's file in the bucket, which is never written again
//	ledger, receipt, evidence ─▶ [Attestor.Ledger], [Attestor.Attest] ─▶ a file with the paths from its entries to those roots
package attest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/archive"
	"github.com/eshopbox/whatsapp-notifications/shared/cache"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/proof"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// Deps are what an Attestor works with.
type Deps struct {
	Store  *store.Store
	Bucket *archive.Bucket
	Signer *cache.Once[proof.Signer]
	Clock  clock.Clock
	Logger *slog.Logger
}

// Attestor makes proofs. It is safe for concurrent use.
type Attestor struct {
	Deps

	// keyed is true once the public key is known to be published.
	keyed atomic.Bool
	// reading limits how many days' files are in memory at a time: one may have many entries. building does so of those that are made.
	reading  chan struct{}
	building chan struct{}
	// partSize is [proof.PartSize], but in tests.
	partSize int
	progress progress
}

// daysAtOnce is how many files of days an instance reads at a time.
const daysAtOnce = 2

// New returns an Attestor; it makes no call.
func New(d Deps) *Attestor {
	return &Attestor{
		Deps:     d,
		reading:  make(chan struct{}, daysAtOnce),
		building: make(chan struct{}, 1),
		partSize: proof.PartSize,
		progress: progress{ended: map[string]time.Time{}},
	}
}

// Ledger makes a file of all that is recorded of the consent of a shopper of the account, whom the customer's key names; NotFound if there is
// none. A ledger that is not as it was written or published is an error of kind Conflict, which names the entry, and a line of severity ERROR:
// there is no file of it.
func (a *Attestor) Ledger(ctx context.Context, c access.Caller, accountID, customerKey string) ([]byte, error) {
	const op = "attest.Ledger"

	if err := c.May(access.Read, accountID); err != nil {
		return nil, err
	}
	if !phone.IsKey(customerKey) {
		return nil, fault.New(fault.NotFound, op, "no such customer")
	}

	customer, entries, broken, err := a.Store.CheckedLedger(ctx, store.CustomerID(accountID, customerKey))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return nil, fault.New(fault.NotFound, op, "no such customer")
	case err != nil:
		return nil, err
	case broken != nil:
		return nil, a.broken(ctx, customer.ID, broken)
	}

	p := proof.Payload{
		Kind:    proof.Ledger,
		Account: accountID,
		Subject: customer.ID,
		Whole:   true,
	}
	if again := customer.Consent.Again; again != nil {
		p.Lacks = append(p.Lacks, fmt.Sprintf("The shopper last said the same again at %s (%s). Such a repetition gets its place in the ledger with the next entry.",
			again.OccurredAt.UTC().Format(time.RFC3339), again.Action))
	}

	return a.seal(ctx, p, entries)
}

// broken reports a ledger that does not hold. The error says where, and has nothing of the entries.
func (a *Attestor) broken(ctx context.Context, customerID string, err error) error {
	a.Logger.ErrorContext(ctx, "a consent ledger is not as it was written or published", "customer", logging.Word(customerID), "fault", err.Error())

	return fault.New(fault.Conflict, "attest.broken", "the ledger of the customer's consents does not hold: "+err.Error())
}

// Sheet is what is stated of a message.
type Sheet struct {
	// Kind is [proof.Receipt] or [proof.Evidence].
	Kind      proof.Kind
	MessageID string
	// Body is encoded as JSON; it must be an object.
	Body any
	// Entries are those of one shopper's ledger that the sheet rests on, by ascending sequence.
	Entries []consent.Entry
	// Lacks are sentences that say what it does not have.
	Lacks []string
}

// Attest makes a file of what is stated of a message of the account. An entry that is not as it was written or published is an error of kind
// Conflict, as with [Attestor.Ledger].
func (a *Attestor) Attest(ctx context.Context, c access.Caller, accountID string, s Sheet) ([]byte, error) {
	if err := c.May(access.Read, accountID); err != nil {
		return nil, err
	}

	for _, e := range s.Entries {
		if e.Hash != e.Sum() {
			return nil, a.broken(ctx, e.Subject, &consent.ChainError{Sequence: e.Sequence, Fault: "changed after it was written"})
		}
	}

	text, err := json.Marshal(s.Body)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, "attest.Attest", err)
	}

	p := proof.Payload{
		Kind:    s.Kind,
		Account: accountID,
		Subject: s.MessageID,
		Body:    text,
		Lacks:   s.Lacks,
	}

	return a.seal(ctx, p, s.Entries)
}

// seal adds entries and their roots to a payload and signs it.
func (a *Attestor) seal(ctx context.Context, p proof.Payload, entries []consent.Entry) ([]byte, error) {
	signer, err := a.Signer.Get(ctx)
	if err != nil {
		return nil, err
	}

	p.Entries = proof.EntriesOf(entries)

	roots, lacks, err := a.roots(ctx, signer, p, entries)
	if err != nil {
		return nil, err
	}

	p.Roots, p.Lacks, p.MadeAt = roots, append(slices.Clone(p.Lacks), lacks...), a.Clock.Now()

	file, err := signer.Seal(p)
	if errors.Is(err, proof.ErrTooLarge) {
		return nil, fault.New(fault.Conflict, "attest.seal", err.Error())
	}

	return file, fault.Wrap(fault.Internal, "attest.seal", err)
}

// roots returns the published roots of the days on which a payload's entries were stored, with the paths to them, and says which entries
// have none. A ledger must have all that those days have of its customer.
func (a *Attestor) roots(ctx context.Context, signer proof.Signer, p proof.Payload, entries []consent.Entry) (roots []proof.Root, lacks []string, err error) {
	days, times, err := a.daysOf(ctx, entries)
	if err != nil {
		return nil, nil, err
	}

	for _, day := range slices.Sorted(maps.Keys(days)) {
		there, missing, err := a.rootsOfDay(ctx, signer, p, day, days[day], times)
		if err != nil {
			return nil, nil, err
		}
		if len(missing) > 0 {
			lacks = append(lacks, numbered(missing)+" of "+day+", whose root is not published: that is done in the hours after a day in UTC is over.")
		}

		roots = append(roots, there...)
	}

	return roots, lacks, nil
}

// numbered names entries by their sequences, as the beginning of a sentence.
func numbered(entries []consent.Entry) string {
	var numbers []string
	for _, e := range entries {
		numbers = append(numbers, strconv.FormatInt(e.Sequence, 10))
	}

	if len(numbers) == 1 {
		return "Entry " + numbers[0] + " is"
	}

	return "Entries " + strings.Join(numbers, ", ") + " are"
}

// daysOf returns entries of one customer by the days in UTC on which they were stored, and when that was by their sequences.
func (a *Attestor) daysOf(ctx context.Context, entries []consent.Entry) (days map[string][]consent.Entry, times map[int64]time.Time, err error) {
	if len(entries) == 0 {
		return nil, nil, nil
	}

	customerID := entries[0].Subject

	sequences := make([]int64, len(entries))
	for i, e := range entries {
		sequences[i] = e.Sequence
	}

	times, err = a.Store.StoredAt(ctx, customerID, sequences)
	if err != nil {
		return nil, nil, err
	}

	days = map[string][]consent.Entry{}

	for _, e := range entries {
		at, ok := times[e.Sequence]
		if !ok { // the database gives every entry its time
			return nil, nil, a.broken(ctx, customerID, &consent.ChainError{Sequence: e.Sequence, Fault: "without the time at which it was stored"})
		}

		day := at.UTC().Format(proof.DayForm)
		days[day] = append(days[day], e)
	}

	return days, times, nil
}
