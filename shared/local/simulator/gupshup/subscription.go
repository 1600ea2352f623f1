package gupshup

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
)

// ErrInvalidSubscription means that a subscription cannot be set up; compare with errors.Is.
var ErrInvalidSubscription = errors.New("invalid simulated subscription")

// maxSubscriptions is how many an app may have (shared/provider/gupshup/CONTRACT.md section 5.3).
const maxSubscriptions = 5

// modes are the names of the event groups in the order of their bits: Gupshup shows the sum of the bits of a
// subscription, where the first eleven make the documented 2047.
var modes = []string{
	"ENQUEUED", "SENT", "DELIVERED", "READ", "FAILED", "DELETED", "MESSAGE", "BILLING", "TEMPLATE", "ACCOUNT", "OTHERS",
	"FLOWS_MESSAGE", "PAYMENTS", "COEXISTENCE",
}

// ordinary is how many of the modes "ALL" stands for.
const ordinary = 11

// Subscription is a webhook of an app as set up from Go, without the handshake.
type Subscription struct {
	// URL is where callbacks go.
	URL string
	// Modes are the event groups; none means all.
	Modes []string
	// Version is 2 (the default) or 3.
	Version int
	// Tag names it; unique within the app. Empty takes the next free one.
	Tag string
	// Header is sent along with each callback.
	Header map[string]string
}

// subscription is a webhook of an app. It is never changed in place.
type subscription struct {
	id, url, tag, meta string
	mask, version      int
	active, showOnUI   bool
	header             http.Header
	created, modified  time.Time
}

func (s *subscription) wants(mode string) bool {
	i := slices.Index(modes, mode)
	return i >= 0 && s.mask&(1<<i) != 0
}

func (s *subscription) show(appID string) object {
	list := []string{}
	for _, m := range modes {
		if s.wants(m) {
			list = append(list, m)
		}
	}

	o := object{
		"active": s.active, "appId": appID, "createdOn": s.created.UnixMilli(), "id": s.id, "mode": s.mask, "modes": list,
		"modifiedOn": s.modified.UnixMilli(), "showOnUI": s.showOnUI, "tag": s.tag, "url": s.url, "version": s.version,
	}

	if s.meta != "" {
		o["meta"] = s.meta
	}

	return o
}

// parseModes reads a comma list with or without brackets and quotes into a bit mask.
func parseModes(field string) (int, bool) {
	list := strings.Split(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(field), "["), "]"), ",")

	mask := 0
	for _, m := range list {
		m = strings.ToUpper(strings.Trim(strings.TrimSpace(m), `"`))

		i := slices.Index(modes, m)
		switch {
		case m == "ALL":
			mask |= 1<<ordinary - 1
		case m == "NONE" && len(list) == 1:
		case i >= 0:
			mask |= 1 << i
		default:
			return 0, false
		}
	}

	return mask, true
}

// Subscribe sets a webhook up without the handshake and returns its id.
func (s *Server) Subscribe(appID string, sub Subscription) (string, error) {
	if len(sub.Modes) == 0 {
		sub.Modes = []string{"ALL"}
	}

	mask, ok := parseModes(strings.Join(sub.Modes, ","))
	if !ok || !isWebAddress(sub.URL) {
		return "", ErrInvalidSubscription
	}

	if sub.Version == 0 {
		sub.Version = 2
	}

	now := s.cfg.Clock.Now()
	next := subscription{
		url:      sub.URL,
		tag:      sub.Tag,
		mask:     mask,
		version:  sub.Version,
		active:   true,
		header:   http.Header{},
		created:  now,
		modified: now,
	}

	for k, v := range sub.Header {
		next.header.Set(k, v)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	a := s.apps[appID]
	if a == nil {
		return "", tenant.ErrUnknownApp
	}

	if next.tag == "" {
		next.tag = "tag-" + strconv.Itoa(s.subs+1)
	}

	if !s.store(a, &next) {
		return "", ErrInvalidSubscription
	}

	return next.id, nil
}

// store adds sub or replaces the one with its id, and reports whether the app may have it. Call with mu held.
func (s *Server) store(a *app, sub *subscription) bool {
	at := slices.IndexFunc(a.subs, func(o *subscription) bool { return o.id == sub.id })
	taken := slices.ContainsFunc(a.subs, func(o *subscription) bool { return o.tag == sub.tag && o.id != sub.id })
	if taken || (at < 0 && len(a.subs) >= maxSubscriptions) {
		return false
	}
	if at >= 0 {
		a.subs[at] = sub
		return true
	}

	s.subs++
	sub.id = strconv.Itoa(8165 + s.subs)
	a.subs = append(slices.Clip(a.subs), sub)

	return true
}

func (s *Server) listSubscriptions(w http.ResponseWriter, _ *http.Request, a *app) {
	s.mu.Lock()

	list := make([]object, len(a.subs))
	for i, sub := range a.subs {
		list[i] = sub.show(a.ID)
	}
	s.mu.Unlock()
	s.answer(w, http.StatusOK, object{"status": "success", "subscriptions": list})
}

func (s *Server) getSubscription(w http.ResponseWriter, r *http.Request, a *app) {
	if sub := s.subscription(a, r.PathValue("id")); sub != nil {
		s.answer(w, http.StatusOK, object{"status": "success", "subscription": sub.show(a.ID)})
		return
	}

	s.refuse(w, refuse(msgNoSub))
}

func (s *Server) deleteSubscription(w http.ResponseWriter, r *http.Request, a *app) {
	if s.subscription(a, r.PathValue("id")) == nil {
		s.refuse(w, refuse(msgNoSub))
		return
	}

	s.mu.Lock()
	a.subs = slices.DeleteFunc(slices.Clone(a.subs), func(o *subscription) bool { return o.id == r.PathValue("id") })
	s.mu.Unlock()
	s.answer(w, http.StatusOK, object{"status": "success"})
}

func (s *Server) subscription(a *app, id string) *subscription {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(a.subs, func(o *subscription) bool { return o.id == id }); i >= 0 {
		return a.subs[i]
	}

	return nil
}

func (s *Server) createSubscription(w http.ResponseWriter, r *http.Request, a *app) {
	now := s.cfg.Clock.Now()
	s.saveSubscription(w, r, a, subscription{active: true, created: now, modified: now})
}

func (s *Server) updateSubscription(w http.ResponseWriter, r *http.Request, a *app) {
	old := s.subscription(a, r.PathValue("id"))
	if old == nil {
		s.refuse(w, refuse(msgNoSub))
		return
	}

	next := *old
	next.modified = s.cfg.Clock.Now()
	s.saveSubscription(w, r, a, next)
}

// saveSubscription completes next with the form, shakes hands with a new address and stores it.
func (s *Server) saveSubscription(w http.ResponseWriter, r *http.Request, a *app, next subscription) {
	if a.NotLive {
		s.refuse(w, &refusal{status: http.StatusUnauthorized, message: msgAuth})
		return
	}
	if ref := readForm(w, r); ref != nil {
		s.refuse(w, ref)
		return
	}
	if ref := next.read(r); ref != nil {
		s.refuse(w, ref)
		return
	}
	// doCheck=false leaves the handshake out (shared/provider/gupshup/CONTRACT.md section 5.3).
	if r.PostForm.Get("doCheck") != "false" && r.PostForm.Has("url") && !s.shake(r.Context(), a, &next) {
		s.refuse(w, refuse(msgURL))
		return
	}

	s.mu.Lock()
	stored := s.store(a, &next)
	s.mu.Unlock()
	if !stored {
		s.refuse(w, &refusal{status: http.StatusInternalServerError, message: msgSubscribe})
		return
	}

	s.answer(w, http.StatusOK, object{"status": "success", "subscription": next.show(a.ID)})
}

// shake posts the user-event that a new address has to take with 2xx and an empty body
// (shared/provider/gupshup/CONTRACT.md section 5.2).
func (s *Server) shake(ctx context.Context, a *app, sub *subscription) bool {
	s.mu.Lock()
	body := a.envelope2("user-event", s.cfg.Clock.Now(), object{"phone": "callbackSetPhone", "type": "sandbox-start"})
	s.mu.Unlock()
	_, size, err := s.cfg.Outbox.Post(ctx, sub.url, sub.header, body)
	return err == nil && size == 0
}
