package e2e

import (
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// TestRetention has everything that is stored of a shopper end by itself when its time is over, and not before. What is left in the end is the
// customer with the ledger, and what names nobody.
func TestRetention(t *testing.T) {
	t.Parallel()

	const day = 24 * time.Hour

	r := rig.New(t, rig.Options{})
	r.ChangeAccount(func(a *account.Account) {
		a.Unexpected = &account.UnexpectedReplies{Enabled: true, Text: "We are closed."}
	})
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)

	for _, reply := range []simulator.Reply{{Text: "KEEPSAKE words"}, {Button: "Try again"}} {
		_, err := r.Sim.Phones().Reply(rig.Shopper, reply)
		r.Must(err)
		r.Clock.Advance(time.Minute)
		r.Round(r.Hooks)
	}

	r.Notice(r.Hooks, rig.OwnApp, provider.Event{Kind: provider.KindReply, At: r.Clock.Now().UnixMilli(), Reply: &provider.ReplyEvent{
		ID: "wamid.PARKED", From: rig.Shopper, Type: "text", Text: "STOP", ContextIDs: []string{"wamid.of-nobody"},
	}})
	r.Portal(r.Hooks, consent.Active, "")
	r.Round(r.Hooks)

	// Collections by the day after which nothing of the shopper may be in them.
	begun := r.Clock.Now()
	for _, at := range []struct {
		days  int
		there []string
		gone  []string
	}{
		{6, []string{"parked", "replies", "messages", "orders", "conversations", "customers"}, nil},
		{8, []string{"replies", "messages", "orders", "conversations", "customers"}, []string{"parked"}},
		{89, []string{"replies", "messages", "orders", "conversations", "customers"}, nil},
		{91, []string{"messages", "orders", "conversations", "customers"}, []string{"replies"}},
		{399, []string{"messages", "orders", "conversations", "customers"}, nil},
		{402, []string{"customers"}, []string{"parked", "replies", "messages", "orders", "conversations"}},
	} {
		r.Clock.Advance(begun.Add(time.Duration(at.days) * day).Sub(r.Clock.Now()))
		r.Cloud.Firestore().SweepTTL(r.Clock.Now())

		found := personal(r)
		for _, name := range at.there {
			if !slices.Contains(found.collections, name) {
				t.Errorf("after %d days nothing is in %s: %v", at.days, name, found.collections)
			}
		}
		for _, name := range at.gone {
			if slices.Contains(found.collections, name) {
				t.Errorf("after %d days there is something in %s", at.days, name)
			}
		}
	}

	// A ledger goes on, and its document alone has the number; what the shopper wrote is nowhere.
	if found := personal(r); !slices.Equal(found.naming, []string{"customers"}) {
		t.Errorf("in the end the shopper is named in %v, want customers alone", found.naming)
	}
	if state, ledger := r.CheckChain(t); state.Status != consent.Active || len(ledger) == 0 {
		t.Errorf("the ledger ends %s with %d entries", state.Status, len(ledger))
	}
}

// traces says which collections have documents, and which of those name the rig's shopper or have words of the shopper's.
type traces struct{ collections, naming []string }

// personal looks through every document.
func personal(r *rig.Rig) traces {
	all, naming := map[string]bool{}, map[string]bool{}

	r.Cloud.Firestore().Documents(func(name string, fields map[string]*pb.Value) bool {
		parts := strings.Split(name[strings.Index(name, "/documents/")+len("/documents/"):], "/")
		collection := parts[len(parts)-2]
		all[collection] = true

		for _, v := range fields {
			if names(v) {
				naming[collection] = true
			}
		}

		return true
	})

	return traces{slices.Sorted(maps.Keys(all)), slices.Sorted(maps.Keys(naming))}
}

// names reports whether a value, or anything in it, names the rig's shopper.
func names(v *pb.Value) bool {
	switch of := v.GetValueType().(type) {
	case *pb.Value_StringValue:
		return namesIn(of.StringValue)
	case *pb.Value_BytesValue:
		return namesIn(string(of.BytesValue))
	case *pb.Value_MapValue:
		for key, one := range of.MapValue.GetFields() {
			if namesIn(key) || names(one) {
				return true
			}
		}
	case *pb.Value_ArrayValue:
		return slices.ContainsFunc(of.ArrayValue.GetValues(), names)
	}

	return false
}

func namesIn(text string) bool {
	if decoded, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(text, "wamid.")); err == nil {
		text += string(decoded)
	}

	return slices.ContainsFunc([]string{"9000000001", "Ira Sample", "ira@example", "KEEPSAKE"}, func(s string) bool { return strings.Contains(text, s) })
}
