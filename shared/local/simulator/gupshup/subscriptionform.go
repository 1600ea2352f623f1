package gupshup

import (
	"encoding/json"
	"net/http"
	"net/url"
)

// read takes over the form's fields. A new subscription, which has no id yet, needs modes, tag, url and version.
func (s *subscription) read(r *http.Request) *refusal {
	form, fresh := r.PostForm, s.id == ""
	if form.Has("url") || fresh {
		if s.url = form.Get("url"); !isWebAddress(s.url) {
			return refuse(msgURL)
		}
	}

	if form.Has("modes") || fresh {
		var ok bool
		if s.mask, ok = parseModes(form.Get("modes")); !ok {
			return refuse(msgModes)
		}
	}

	if form.Has("tag") || fresh {
		if s.tag = form.Get("tag"); s.tag == "" {
			return refuse(msgTag)
		}
	}

	if v := form.Get("version"); form.Has("version") || fresh {
		if v != "2" && v != "3" {
			return refuse(msgVersion)
		}

		s.version = int(v[0] - '0')
	}

	for name, to := range map[string]*bool{"active": &s.active, "showOnUI": &s.showOnUI, "doCheck": new(bool)} {
		if ref := readFlag(form, name, to); ref != nil {
			return ref
		}
	}

	return s.readMeta(form.Get("meta"))
}

func readFlag(form url.Values, name string, to *bool) *refusal {
	if !form.Has(name) {
		return nil
	}

	v := form.Get(name)
	if v != "true" && v != "false" {
		return refuse(msgFlag)
	}

	*to = v == "true"

	return nil
}

// readMeta takes over the custom headers (shared/provider/gupshup/CONTRACT.md section 5.3, documented for partners).
func (s *subscription) readMeta(field string) *refusal {
	if field == "" {
		return nil
	}

	var meta struct {
		Headers map[string]string `json:"headers"`
	}
	if err := json.Unmarshal([]byte(field), &meta); err != nil {
		return refuse(msgSubscribe)
	}

	s.meta, s.header = field, http.Header{}
	for k, v := range meta.Headers {
		s.header.Set(k, v)
	}

	return nil
}
