package meta

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// maxCallback is the longest address of a callback, in characters.
	maxCallback = 200
	// handshakeTimeout is how long a new address may take to answer.
	handshakeTimeout = 10 * time.Second
	maxChallenge     = 64
)

// overrideBody is what a callback address is set by.
type overrideBody struct {
	URI   string `json:"override_callback_uri"`
	Token string `json:"verify_token"`
}

// Subscribe sets an app's callback address for everything, without the handshake.
func (s *Server) Subscribe(appID, address string) error {
	return s.Change(appID, func(a *app) error {
		a.waba.subs[a.AppSecret] = address
		return nil
	})
}

func (s *Server) listSubscriptions(w http.ResponseWriter, _ *http.Request, a *app) {
	s.mu.Lock()

	list := []object{}
	for _, address := range a.waba.subs {
		entry := object{"whatsapp_business_api_data": object{"id": metaApp, "name": "Order notifications", "link": ""}}
		if address != "" {
			entry["override_callback_uri"] = address
		}

		list = append(list, entry)
	}
	s.mu.Unlock()

	s.answer(w, http.StatusOK, object{"data": list})
}

// subscribe is POST /{business account}/subscribed_apps (shared/provider/meta/CONTRACT.md section 5).
func (s *Server) subscribe(w http.ResponseWriter, r *http.Request, a *app) {
	var b overrideBody
	if r.ContentLength != 0 {
		if ref := readJSON(w, r, &b); ref != nil {
			s.refuse(w, *ref)
			return
		}
	}

	if b != (overrideBody{}) {
		if ref := s.shake(r.Context(), b); ref != nil {
			s.refuse(w, *ref)
			return
		}
	}

	s.mu.Lock()
	a.waba.subs[a.AppSecret] = b.URI
	s.mu.Unlock()

	s.answer(w, http.StatusOK, object{"success": true})
}

func (s *Server) unsubscribe(w http.ResponseWriter, _ *http.Request, a *app) {
	s.mu.Lock()
	delete(a.waba.subs, a.AppSecret)
	s.mu.Unlock()
	s.answer(w, http.StatusOK, object{"success": true})
}

// configure is POST /{phone number id} with its own callback address, where an empty one removes it.
func (s *Server) configure(w http.ResponseWriter, r *http.Request, a *app) {
	var b struct {
		Webhook *overrideBody `json:"webhook_configuration"`
	}
	ref := readJSON(w, r, &b)
	if ref == nil && b.Webhook == nil {
		ref = refuse(codeParameter, "webhook_configuration is required")
	}

	if ref == nil && b.Webhook.URI != "" {
		ref = s.shake(r.Context(), *b.Webhook)
	}

	if ref != nil {
		s.refuse(w, *ref)
		return
	}

	s.mu.Lock()
	a.override = b.Webhook.URI
	s.mu.Unlock()

	s.answer(w, http.StatusOK, object{"success": true})
}

// shake tries a new address with the GET of shared/provider/meta/CONTRACT.md section 6.1.
func (s *Server) shake(ctx context.Context, b overrideBody) *refusal {
	if !isWebAddress(b.URI) || len(b.URI) > maxCallback || b.Token == "" {
		return refuse(codeParameter, "the callback must be an address of at most 200 characters, with a verify_token")
	}

	failed := refuse(codeCallback, "Callback verification failed")

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer s.cfg.Clock.AfterFunc(handshakeTimeout, cancel).Stop()

	address, err := url.Parse(b.URI)
	if err != nil {
		return failed
	}

	challenge := strconv.FormatInt(1_000_000_000+s.cfg.IDs.Below(1_000_000_000), 10)
	query := address.Query()
	query.Set("hub.mode", "subscribe")
	query.Set("hub.challenge", challenge)
	query.Set("hub.verify_token", b.Token)
	address.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), http.NoBody)
	if err != nil {
		return failed
	}

	resp, err := s.cfg.Client.Do(req)
	if err != nil {
		return failed
	}
	defer func() { _ = resp.Body.Close() }()

	said, err := io.ReadAll(io.LimitReader(resp.Body, maxChallenge))
	if err != nil || resp.StatusCode != http.StatusOK || string(said) != challenge {
		return failed
	}

	return nil
}
