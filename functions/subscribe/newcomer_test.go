package subscribe_test

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
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

// TestFirstPostMeetsAnEvent has the customer made by another writer between look and write.
func TestFirstPostMeetsAnEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	path, right := w.orderOf(newcomer)
	if _, err := w.cloud.Rules().Add(cloud.Rule{Method: "Firestore/Commit", Mode: cloud.FailBefore, Code: codes.AlreadyExists, Times: 1}); err != nil {
		t.Fatal(err)
	}
	if a := w.post(path, right); a.Status != http.StatusOK {
		t.Errorf("POST = %d %s", a.Status, a.Body)
	}
	if state, entries := w.ledger(customerID(t, accountID, newcomer)); state.Status != consent.Active || len(entries) != 1 {
		t.Errorf("%s with %d entries", state.Status, len(entries))
	}
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
