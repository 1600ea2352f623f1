package subscribe_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/functions/subscribe"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// newcomer is a shopper whom no event has made known to the account.
const newcomer = "9000000088"

// orderOf makes an order of the shopper with that number and returns its path and the body that fits it.
func (w *world) orderOf(number string) (path, right string) {
	w.Helper()
	id := "55" + number[4:]
	w.sim.Platform().PutOrder(id, bytes.ReplaceAll(fixture(w), []byte(shopper), []byte(number)))
	return route + id, bodyOf(number)
}

// TestFirstPostMakesTheCustomer subscribes and withdraws shoppers of whom no event has told, in both consent modes.
func TestFirstPostMakesTheCustomer(t *testing.T) {
	t.Parallel()
	for _, mode := range []account.ConsentMode{account.Explicit, account.BrandDeclared} {
		for _, status := range []consent.Status{consent.Active, consent.Inactive} {
			t.Run(fmt.Sprintf("%s_%s", mode, status), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				if err := w.store.PutAccount(t.Context(), account.Account{ID: accountID, Slug: slug, ConsentMode: mode}); err != nil {
					t.Fatal(err)
				}
				path, _ := w.orderOf(newcomer)
				// The body's spelling and name are the shopper's; the customer is the order's.
				a := w.post(path, body("contactPhone", `"+91 90000-00088"`, "customerName", `"Somebody else"`, "email", `" IRA@example.test"`,
					"whatsAppStatus", `"`+string(status)+`"`))
				if a.Status != http.StatusOK {
					t.Fatalf("POST = %d %s", a.Status, a.Body)
				}
				id := customerID(t, accountID, newcomer)
				state, entries := w.ledger(id)
				want := map[consent.Status]consent.Action{consent.Active: consent.Grant, consent.Inactive: consent.Withdraw}[status]
				if state.Status != status || len(entries) != 1 || entries[0].Action != want || entries[0].Actor != "anyone with the order's data" {
					t.Errorf("%s with %+v, want %s by one %s", state.Status, entries, status, want)
				}
				got, err := w.store.Customer(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{accountID, "+91" + newcomer, email, name}, []string{got.AccountID, got.Phone, got.Email, got.Name}); diff != "" {
					t.Errorf("customer (-want +got):\n%s", diff)
				}
				if byPhone, err := w.store.CustomersByPhone(t.Context(), got.PhoneKey); err != nil || len(byPhone) != 1 {
					t.Errorf("found by the number: %d, %v", len(byPhone), err)
				}
			})
		}
	}
}

// TestFiveTriesLockNothing holds that a shopper who mistypes five times is let in at the sixth.
func TestFiveTriesLockNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, right := w.orderOf(newcomer)
	for range 5 {
		if a := w.post(path, body("email", `"typo@example.test"`, "contactPhone", `"`+newcomer+`"`)); a.Status != http.StatusNotFound {
			t.Fatalf("POST = %d", a.Status)
		}
	}
	if a := w.post(path, right); a.Status != http.StatusOK {
		t.Errorf("the sixth: got %d %s", a.Status, a.Body)
	}
}

// TestFirstPostMeetsAnEvent has an event make the customer after the POST has looked for it and before it writes.
func TestFirstPostMeetsAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, right := w.orderOf(newcomer)
	var id string
	w.handler = w.buildWatched(func(method string) {
		if strings.HasSuffix(method, "/Commit") && id == "" {
			id = w.customer(accountID, newcomer)
		}
	})
	if a := w.post(path, right); a.Status != http.StatusOK {
		t.Errorf("POST = %d %s", a.Status, a.Body)
	}
	state, entries := w.ledger(id)
	if state.Status != consent.Active || len(entries) != 2 || entries[0].Action != consent.Seen || entries[1].Action != consent.Grant {
		t.Errorf("%s with %+v, want ACTIVE by the grant after the event's entry", state.Status, entries)
	}
}

// buildWatched is build with something done before each call of the store.
func (w *world) buildWatched(before func(method string)) http.Handler {
	w.Helper()
	conn, err := w.cloud.Conn(grpc.WithChainUnaryInterceptor(
		func(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
			before(method)
			return invoke(ctx, method, req, reply, cc, opts...)
		}))
	if err != nil {
		w.Fatal(err)
	}
	f := testkit.Function(w, w.cloud, w.clock, w.logs, w.variables())
	f.ClientOptions = []option.ClientOption{option.WithGRPCConn(conn), option.WithTelemetryDisabled()}
	handler, err := subscribe.New(w.Context(), f)
	if err != nil {
		w.Fatalf("New: %v", err)
	}
	return described.Hold(w, handler)
}

// TestEveryCallOfAFirstPostFails has each call fail before it is done and after, and posts again.
func TestEveryCallOfAFirstPostFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, method := range []string{"Firestore/BatchGetDocuments", "SecretManagerService/AccessSecretVersion", "Firestore/Commit"} {
		for j, rule := range []cloud.Rule{
			{Mode: cloud.FailBefore, Code: codes.Internal},
			{Mode: cloud.FailAfter, Code: codes.Internal},
			{Mode: cloud.FailAfter, Code: codes.Unavailable}, // which the client itself tries again
			{Mode: cloud.Cut},
		} {
			number := fmt.Sprint(9000000300 + 10*i + j)
			id := customerID(t, accountID, number)
			path, right := w.orderOf(number)
			w.handler = w.build() // with nothing cached
			rule.Method, rule.Times = method, 1
			if _, err := w.cloud.Rules().Add(rule); err != nil {
				t.Fatal(err)
			}
			first := w.post(path, right)
			w.cloud.Rules().Clear()
			_, err := w.store.Customer(t.Context(), id)
			if first.Status == http.StatusOK && errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s %s: false success", rule.Mode, method)
			}
			if first.Status != http.StatusOK && first.Status < 500 {
				t.Errorf("%s %s: got %d %s, want 200 or 5xx", rule.Mode, method, first.Status, first.Body)
			}
			if a := w.post(path, right); a.Status != http.StatusOK {
				t.Errorf("%s %s: repeated POST = %d %s", rule.Mode, method, a.Status, a.Body)
			}
			if state, entries := w.ledger(id); state.Status != consent.Active || len(entries) != 1 {
				t.Errorf("%s %s: %s with %d entries, want ACTIVE with 1", rule.Mode, method, state.Status, len(entries))
			}
		}
	}
}
