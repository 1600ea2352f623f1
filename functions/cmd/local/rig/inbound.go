package rig

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/consent"
)

// Said is one message of the rig's shopper that orders to stop or to start.
type Said struct {
	Word, ID, Answers string
	At                time.Time
}

// Fields are the members of a JSON object.
type Fields = map[string]any

// Spelling is one shape in which a provider reports what the shopper said.
type Spelling struct {
	Name   string
	Source consent.Source
	// unnumbered: the shopper hides the number.
	Unnumbered bool
	// content makes the message's own part, whose type it names.
	Content func(s Said) Fields
}

// MetaMessage returns a shopper's message as Meta reports it.
func MetaMessage(s Said, sp Spelling) (m Fields) {
	m = sp.Content(s)
	m["id"], m["timestamp"], m["from_user_id"] = s.ID, fmt.Sprint(s.At.Unix()), ShopperUser
	if !sp.Unnumbered {
		m["from"] = Shopper
	}
	if s.Answers != "" {
		m["context"] = Fields{"from": "919000000801", "id": s.Answers}
	}

	return m
}

// ShopperUser is Meta's user id of the rig's shopper.
const ShopperUser = "IN.73920184455120"

// Tell has webhook and receive take a body of the rig's provider, as often as the provider and Pub/Sub may repeat it.
func (r *Rig) Tell(t *testing.T, body any) {
	t.Helper()

	data, err := json.Marshal(body)
	r.Must(err)
	secret, err := r.Parts.Secrets.Access(t.Context(), r.Vendor.signing[0])
	r.Must(err)

	header := Sign(r.Vendor.name, secret.Reveal(), data)

	for range 2 {
		if code := r.postSigned(r.Hooks, data, header); code != http.StatusOK {
			t.Fatalf("webhook answered %d; %s", code, r.Logs)
		}

		r.ReceiveAll(r.Hooks)
	}

	r.Again(r.Hooks)
}

// MetaNews returns a callback of Meta's for the rig's number, with one change.
func MetaNews(field string, value Fields) Fields {
	value["messaging_product"] = "whatsapp"
	value["metadata"] = Fields{"display_phone_number": "919000000801", "phone_number_id": MetaNumberID}
	return Fields{"object": "whatsapp_business_account", "entry": []Fields{{
		"id": vendorWABA, "changes": []Fields{{"field": field, "value": value}},
	}}}
}
