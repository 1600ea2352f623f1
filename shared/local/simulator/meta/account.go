package meta

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// What can be asked of a number, a business account and a template (shared/provider/meta/CONTRACT.md section 3,
// shared/provider/meta/CONTRACT.md section 4).
const (
	numberFields = "id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,status,platform_type," +
		"throughput,account_mode,is_official_business_account,whatsapp_business_manager_messaging_limit,health_status,webhook_configuration"
	accountFields  = "id,name,currency,timezone_id,account_review_status,health_status"
	templateFields = "id,name,language,status,category,sub_category,parameter_format,components,quality_score,rejected_reason," +
		"previous_category,correct_category,message_send_ttl_seconds,health_status"
)

// checkFields refuses a request for a field that there is not, as the Graph API does.
func checkFields(r *http.Request, known string) *refusal {
	all := strings.Split(known, ",")
	for name := range strings.SplitSeq(r.URL.Query().Get("fields"), ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(all, name) {
			return refuse(codeParameter, "Tried accessing nonexisting field ("+name+")")
		}
	}

	return nil
}

// selected leaves only the fields that the request asks for, and the id; those of otherwise where it asks for none.
func selected(r *http.Request, all object, otherwise string) object {
	fields := r.URL.Query().Get("fields")
	if fields == "" {
		fields = otherwise
	}

	out := object{"id": all["id"]}
	for name := range strings.SplitSeq(fields, ",") {
		if v, ok := all[strings.TrimSpace(name)]; ok {
			out[strings.TrimSpace(name)] = v
		}
	}

	return out
}

// get is GET of a number, a business account or a template.
func (s *Server) get(w http.ResponseWriter, r *http.Request, token string) {
	id := r.PathValue("id")

	s.mu.Lock()
	var found object
	var known string
	if a := s.apps[id]; a != nil && a.Token == token {
		known, found = numberFields, selected(r, a.show(), "display_phone_number,verified_name,quality_rating")
	}

	for _, account := range s.wabas {
		if !slices.ContainsFunc(account.numbers, func(n string) bool { return s.apps[n].Token == token }) {
			continue
		}
		if account.id == id {
			known, found = accountFields, selected(r, object{"id": id, "name": "Example account", "currency": "INR", "timezone_id": "71"}, "name")
		}
		if t := account.templates[id]; t != nil {
			known, found = templateFields, selected(r, t.show(), "name,language,status,category,components")
		}
	}
	s.mu.Unlock()
	if found == nil {
		s.refuse(w, noSuchObject())
		return
	}
	if ref := checkFields(r, known); ref != nil {
		s.refuse(w, *ref)
		return
	}

	s.answer(w, http.StatusOK, found)
}

// show returns all fields of a number (shared/provider/meta/CONTRACT.md section 4). Call with mu held.
func (a *app) show() object {
	account := a.waba.subs[a.AppSecret]

	return object{
		"id": a.ID, "display_phone_number": "+" + a.Phone[:2] + " " + a.Phone[2:7] + " " + a.Phone[7:],
		"verified_name": a.VerifiedName, "quality_rating": "GREEN", "code_verification_status": "EXPIRED",
		"name_status": "APPROVED", "status": a.Status, "platform_type": "CLOUD_API",
		"throughput": object{"level": "STANDARD"}, "account_mode": "LIVE",
		"whatsapp_business_manager_messaging_limit": "TIER_10K",
		"health_status": object{"can_send_message": a.CanSend, "entities": []object{
			{"entity_type": "PHONE_NUMBER", "id": a.ID, "can_send_message": a.CanSend},
		}},
		"webhook_configuration": a.webhooks(account),
	}
}

func (a *app) webhooks(account string) object {
	out := object{"application": a.CallbackURL}
	if account != "" {
		out["whatsapp_business_account"] = account
	}
	if a.override != "" {
		out["phone_number"] = a.override
	}

	return out
}

// show is a template as fields by name.
func (c *compiled) show() object {
	raw, err := json.Marshal(c.Template)
	if err != nil {
		return object{}
	}

	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return object{}
	}

	out := object{}
	for name, v := range fields {
		out[name] = v
	}

	return out
}

func (s *Server) listNumbers(w http.ResponseWriter, r *http.Request, a *app) {
	if ref := checkFields(r, numberFields); ref != nil {
		s.refuse(w, *ref)
		return
	}

	s.mu.Lock()

	list := []object{}
	for _, id := range a.waba.numbers {
		list = append(list, selected(r, s.apps[id].show(), "display_phone_number,verified_name"))
	}
	s.mu.Unlock()

	s.answer(w, http.StatusOK, object{"data": list})
}

// The sizes of a page of templates.
const (
	pageSize    = 25
	maxPageSize = 1000
)

// listTemplates is GET /{business account}/message_templates, page by page
// (shared/provider/meta/CONTRACT.md section 3.1).
func (s *Server) listTemplates(w http.ResponseWriter, r *http.Request, a *app) {
	q := r.URL.Query()
	from, ok := position(q.Get("after"))
	if !ok {
		s.refuse(w, *refuse(codeCursor, "the cursor is not valid"))
		return
	}
	if ref := checkFields(r, templateFields); ref != nil {
		s.refuse(w, *ref)
		return
	}

	limit, err := strconv.Atoi(q.Get("limit"))
	if err != nil || limit < 1 || limit > maxPageSize {
		limit = pageSize
	}

	s.mu.Lock()

	all := []object{}
	for _, id := range a.waba.order {
		t := a.waba.templates[id]
		if (q.Get("name") == "" || q.Get("name") == t.Name) && (q.Get("status") == "" || q.Get("status") == t.Status) &&
			(q.Get("language") == "" || q.Get("language") == t.Language) {
			all = append(all, selected(r, t.show(), "name,language,status,category,components"))
		}
	}
	s.mu.Unlock()

	page := all[min(from, len(all)):min(from+limit, len(all))]
	body := object{"data": page}
	if len(page) > 0 {
		paging := object{"cursors": object{"before": cursor(from), "after": cursor(from + len(page))}}
		if from+len(page) < len(all) {
			// The real one's address holds the token as well; ours shows what must not be followed.
			paging["next"] = "https://graph.example.com/" + r.PathValue("version") + "/next?access_token=redacted"
		}

		body["paging"] = paging
	}

	s.answer(w, http.StatusOK, body)
}

func cursor(at int) string {
	return base64.URLEncoding.EncodeToString([]byte("at:" + strconv.Itoa(at)))
}

func position(after string) (int, bool) {
	if after == "" {
		return 0, true
	}

	raw, err := base64.URLEncoding.DecodeString(after)
	if err != nil {
		return 0, false
	}

	at, err := strconv.Atoi(strings.TrimPrefix(string(raw), "at:"))

	return at, err == nil && at >= 0
}
