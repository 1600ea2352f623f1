// Package store reads and writes the product's documents in Firestore. No other package imports the client. [Store] has
// the methods; there is one file for each collection or for a few that belong together.
//
//	accounts/{accountId}                 settings, apps and their health; one read a decision
//	accounts/{accountId}/versions/{n}    who changed which settings when, and all of them after it
//	slugs/{slug}                         which account has the slug
//	numbers/{hash of the number}         that the number is being connected at the moment
//	rateCards/{version}                  what messages cost from a day on
//	usage/{accountId}                    how far the account's days are closed
//	usage/{accountId}/days/{day}         what was sent and charged on a closed day
//	foreignCharges/{hash of app, id}     that a provider charged a message which is none of ours
//	customers/{accountId:phoneKey}       consent as folded, contact, message in flight; "app:" and an app's id in the place of
//	                                     the account's for a shopper at the app itself
//	customers/{id}/consents/{sequence}   the ledger
//	roots/{accountId}                    how far the account's daily roots of consents are published
//	customerIds/{hash of app, user id}   whose number a provider's user id, or its own spelling of a number, stands for, what has taken
//	                                     its place since, and the last STOP and START said under it
//	orders/{accountId:orderId}           status times per shipment, the order as last known and what finds it, events that
//	                                     came while they were off
//	messages/{occurrence key}            the send log
//	replies/{hash}                       what shoppers wrote
//	reveals/{random}                     who was shown the number of a message, when and why; kept for good
//	conversations/{accountId:phoneKey}   what goes on with a shopper: choices after a failed delivery, questions, answers that are owed
//	parked/{hash}                        statuses, and STOPs in answer, that came before their message was known
//	templates/{appId:templateId}         approved copies
//	webhookTokens/{hash of the token}    which app a callback URL belongs to
//	callbacks/{appId}                    what is known of an app beside any account: its three times ([AppTimes]) and, of
//	                                     the platform's, whether its provider answers
//	system/heartbeat                     how far provider-events has been worked off
//	system/walk                          which account sweep has looked at last on its way through all
//	testCounts/{accountId}               how many tests an account has sent today
//	guestKeys/{hash of the key}          which account a key of a brand's bot may read
//	signIns/{hash of the token}          who may enter the console by a link that was made for them, once and within a minute
//	shapes/{fingerprint}                 a form of a provider's bodies that no fixture has, with a masked one; no value that was sent
//	erasures/{random}                    who was erased, when, by whom and why; without personal data, kept for good
//	operations/{random}                  what an operator did by hand, who, when, and what came of it; without personal data, kept for good
//	cancelRequests/{accountId:orderId}   the one cancellation that a bot asked for
//	brandAudit/{random}                  each call of a brand's bot with a right key, but those that came too
//	                                     often; without personal data
//
// There are no transactions. Every write on which sending once, status, consent or settings rest either commutes (Maximum, Minimum, union), must create its document, or names the
// update time of the version that was read. A write that lost returns [ErrConflict]; the caller reads
// again. Copies and notes are simply replaced.
package store

import (
	"context"
	"crypto/sha256"
	_ "embed" // the index file
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"cloud.google.com/go/firestore"
	"google.golang.org/api/option"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/fault/rpcfault"
)

// Errors that callers act on; everything else is wrapped with its kind.
var (
	// ErrNotFound: there is no such document.
	ErrNotFound = errors.New("not in the store")
	// ErrExists: a document that had to be new exists.
	ErrExists = errors.New("exists already")
	// ErrConflict: a document was changed since it was read.
	ErrConflict = errors.New("changed since it was read")
)

// IsConflict reports whether a conditional write lost to another: the document changed or is gone.
func IsConflict(err error) bool {
	return errors.Is(err, ErrConflict) || errors.Is(err, ErrNotFound)
}

// Indexes is the index file, the one declaration of composite indexes, exemptions and time-to-live fields.
//
//go:embed firestore.indexes.json
var Indexes []byte

// Store reads and writes the product's documents. It is safe for concurrent use.
type Store struct {
	client *firestore.Client
	// The collections of the hot path: making the client's reference to one costs more than to one of its documents.
	customers, orders, log *firestore.CollectionRef
}

// Open connects to the project's default database; it makes no call before the first read or write.
func Open(ctx context.Context, project string, opts ...option.ClientOption) (*Store, error) {
	client, err := firestore.NewClient(ctx, project, opts...)
	if err != nil {
		return nil, fmt.Errorf("store.Open: %w", err)
	}

	return &Store{
		client:    client,
		customers: client.Collection("customers"),
		orders:    client.Collection("orders"),
		log:       client.Collection("messages"),
	}, nil
}

// Close releases the connection.
func (s *Store) Close() error { return s.client.Close() }

// batch is an atomic group of writes in one call. The client marks it deprecated in favour of transactions, which cost
// two more round trips and locks on the hot path, and of BulkWriter, which is not atomic.
type batch = firestore.WriteBatch //nolint:staticcheck // the only atomic group of writes that is one round trip

func (s *Store) batch() *batch {
	return s.client.Batch() //nolint:staticcheck // as above
}

// failure translates an error of the client.
func failure(op string, err error) error {
	switch status.Code(err) {
	case codes.OK:
		return nil
	case codes.NotFound:
		return fmt.Errorf("%s: %w", op, ErrNotFound)
	case codes.AlreadyExists:
		return fmt.Errorf("%s: %w", op, ErrExists)
	case codes.FailedPrecondition, codes.Aborted:
		return fmt.Errorf("%s: %w", op, ErrConflict)
	default:
		return rpcfault.Wrap(op, err)
	}
}

// unread translates an error of a query. It waits for no condition, so that FailedPrecondition can only mean a composite
// index that nobody declared; that must not pass for a conflict, which callers deal with by trying again.
func unread(op string, err error) error {
	if status.Code(err) == codes.FailedPrecondition {
		return fault.Wrap(fault.Internal, op, err)
	}
	return failure(op, err)
}

// noAccount is the error of a call that names no account and so would read the data of all.
func noAccount(op string) error { return fault.New(fault.Internal, op, "no account is named") }

// commit sends a batch and returns the update time of its first write.
func commit(ctx context.Context, op string, b *batch) (time.Time, error) {
	results, err := b.Commit(ctx)
	if err != nil {
		return time.Time{}, failure(op, err)
	}
	if len(results) == 0 {
		return time.Time{}, nil
	}

	return results[0].UpdateTime, nil
}

// hashID makes a document id of texts from outside, which may hold slashes or be of any length.
func hashID(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// safeID keeps an outside id that can stand in a document name and replaces any other by its hash.
func safeID(id string) string {
	if id == "" || len(id) > 40 {
		return "h" + hashID(id)
	}

	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && c != '-' {
			return "h" + hashID(id)
		}
	}

	return id
}

// hashed reports whether an id in a document's name is the hash that safeID made of another.
func hashed(safe string) bool { return strings.HasPrefix(safe, "h") }
