package meta

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// metaApp is the id of the Meta app that all numbers belong to; each number has the secret of its own.
const metaApp = "77001122"

// accountObject is the object of a subscription to what happens at WhatsApp accounts.
const accountObject = "whatsapp_business_account"

// fields are all fields of a WhatsApp account's webhooks (shared/provider/cloudapi/CONTRACT.md section 3.3).
var fields = []string{
	"account_alerts", "account_review_update", "account_update", "business_capability_update", "calls", "flows", "history",
	"message_echoes", "message_template_components_update", "message_template_quality_update", "message_template_status_update", "messages",
	"messaging_handovers", "phone_number_name_update", "phone_number_quality_update", "security", "smb_app_state_sync", "standby",
	"template_category_update", "user_preferences",
}

// asMetaApp checks that a request is about the Meta app whose own token it has, which is made of its id and a secret
// (shared/provider/meta/CONTRACT.md section 5). h gets the secret.
func (s *Server) asMetaApp(h func(w http.ResponseWriter, r *http.Request, secret string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		secret, own := strings.CutPrefix(token, metaApp+"|")

		switch {
		case !own || secret == "" || len(s.numbersOf(secret)) == 0:
			s.refuse(w, refusal{code: codeToken, details: "Invalid OAuth access token"})
		case r.PathValue("id") != metaApp:
			s.refuse(w, noSuchObject())
		default:
			h(w, r, secret)
		}
	}
}

// numbersOf returns the numbers of the Meta app with a secret.
func (s *Server) numbersOf(secret string) []*app {
	s.mu.Lock()
	defer s.mu.Unlock()

	var numbers []*app
	for _, a := range s.apps {
		if a.AppSecret == secret {
			numbers = append(numbers, a)
		}
	}

	return numbers
}

// appSubscriptions is GET /{Meta app}/subscriptions.
func (s *Server) appSubscriptions(w http.ResponseWriter, _ *http.Request, secret string) {
	list := []object{}

	numbers := s.numbersOf(secret)

	s.mu.Lock()

	for _, a := range numbers {
		if a.CallbackURL == "" && a.Fields == nil {
			continue
		}

		names := []object{}
		for _, name := range a.Fields {
			names = append(names, object{"name": name, "version": "v26.0"})
		}

		list = []object{{"object": accountObject, "callback_url": a.CallbackURL, "active": true, "fields": names}}
	}

	s.mu.Unlock()

	s.answer(w, http.StatusOK, object{"data": list})
}

// subscribeFields is POST /{Meta app}/subscriptions, which sets the app's callback address and its fields in one. The address is tried first.
func (s *Server) subscribeFields(w http.ResponseWriter, r *http.Request, secret string) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)

	if err != nil || kind != "application/x-www-form-urlencoded" || r.ParseForm() != nil {
		s.refuse(w, *refuse(codeParameter, "The request is no form"))
		return
	}

	names := strings.Split(r.PostForm.Get("fields"), ",")

	switch {
	case r.PostForm.Get("object") != accountObject:
		s.refuse(w, *refuse(codeParameter, "object must be one of the objects of webhooks"))
		return
	case slices.ContainsFunc(names, func(name string) bool { return !slices.Contains(fields, name) }):
		s.refuse(w, *refuse(codeParameter, "fields must be fields of the object"))
		return
	}

	address := r.PostForm.Get("callback_url")
	if ref := s.shake(r.Context(), overrideBody{URI: address, Token: r.PostForm.Get("verify_token")}); ref != nil {
		s.refuse(w, *ref)
		return
	}

	numbers := s.numbersOf(secret)

	s.mu.Lock()
	for _, a := range numbers {
		a.CallbackURL, a.Fields = address, names
	}
	s.mu.Unlock()

	s.answer(w, http.StatusOK, object{"success": true})
}
