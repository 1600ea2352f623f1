package cloudapi_test

import (
	"testing"

	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/cloudapi"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/lenient"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

func TestPersonTellsNumbersFromUserIDs(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		number, userID lenient.Text
		phone, id      string
	}{
		"number":                        {"919000000007", "", "919000000007", ""},
		"number_and_user_id":            {"+91 90000 00007", "IN.1", "919000000007", "IN.1"},
		"user_id_alone":                 {"", "IN.1", "", "IN.1"},
		"user_id_for_number":            {"IN.73920184455120", "", "", "IN.73920184455120"},
		"user_id_of_portfolio":          {"IN.ENT.5510022", "", "", "IN.ENT.5510022"},
		"user_id_for_number_and_beside": {"IN.1", "IN.2", "", "IN.2"},
		"digits_with_a_dot":             {"91.9000000007", "", "919000000007", ""},
		"number_in_odd_characters":      {"\u202a+91\u00a0９００００-00007\u202c", "", "919000000007", ""},
		"prefixed_number":               {"whatsapp:919000000007", "", "", ""},
		"prefixed_number_with_plus":     {"whatsapp:+91 90000 00007", "", "", ""},
		"user_id_in_full_width":         {"ＩＮ.9000000007", "", "", ""},
		"user_id_with_invisible":        {"\u200bIN.9000000007", "", "", ""},
		"sentence":                      {"In. no", "", "", ""},
		"too_short":                     {"IN.", "", "", ""},
		"nobody":                        {"", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if phone, id := (cloudapi.Reader{}).Person(c.number, c.userID); phone != c.phone || id != c.id {
				t.Errorf("got %q and %q, want %q and %q", phone, id, c.phone, c.id)
			}
		})
	}
}

// TestContactsTellOnlyOfTheirOwn holds whose number and user id a contact beside the news completes.
func TestContactsTellOnlyOfTheirOwn(t *testing.T) {
	t.Parallel()

	const (
		asha  = `{"wa_id":"919000000007","user_id":"IN.7"}`
		bimal = `{"wa_id":"919000000008","user_id":"IN.8"}`
	)

	message := func(from, contacts string) string {
		return `{"messages":[{"id":"w1","type":"text","text":{"body":"STOP"}` + from + `}],"contacts":[` + contacts + `]}`
	}
	status := func(to, contacts string) string {
		return `{"statuses":[{"id":"w1","status":"read"` + to + `}],"contacts":[` + contacts + `]}`
	}
	for name, c := range map[string]struct{ body, phone, id string }{
		"message_by_number":             {message(`,"from":"919000000007"`, bimal+","+asha), "919000000007", "IN.7"},
		"message_by_user_id":            {message(`,"from_user_id":"IN.7"`, bimal+","+asha), "919000000007", "IN.7"},
		"message_of_lone_contact":       {message(``, asha), "919000000007", "IN.7"},
		"message_of_other_number":       {message(`,"from":"919000000007"`, bimal), "919000000007", ""},
		"message_of_other_user_id":      {message(`,"from_user_id":"IN.7"`, bimal), "", "IN.7"},
		"message_of_user_id_for_number": {message(`,"from":"IN.7"`, `{"wa_id":"IN.7"}`), "", "IN.7"},
		"status_with_both":              {status(`,"recipient_id":"919000000007","recipient_user_id":"IN.7"`, ""), "919000000007", "IN.7"},
		"status_by_number":              {status(`,"recipient_id":"919000000007"`, bimal+","+asha), "919000000007", "IN.7"},
		"status_by_user_id":             {status(`,"recipient_user_id":"IN.7"`, bimal+","+asha), "919000000007", "IN.7"},
		"status_of_other_number":        {status(`,"recipient_id":"919000000007"`, bimal), "919000000007", ""},
		"status_of_nobody":              {status(``, asha), "", ""},
		"status_with_user_id_for_phone": {status(`,"recipient_id":"IN.7"`, ""), "", "IN.7"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			events, err := meta.New(meta.Config{}).ParseWebhook(provider.App{}, []byte(c.body))
			if err != nil || len(events) != 1 {
				t.Fatalf("got %v, %v", events, err)
			}

			var phone, id string
			if r := events[0].Reply; r != nil {
				phone, id = r.From, r.UserID
			}
			if s := events[0].Status; s != nil {
				phone, id = s.Recipient, s.UserID
			}
			if phone != c.phone || id != c.id {
				t.Errorf("got %q and %q, want %q and %q", phone, id, c.phone, c.id)
			}
		})
	}
}
