package gupshup

import "net/http"

func (s *Server) listTemplates(w http.ResponseWriter, _ *http.Request, a *app) {
	s.mu.Lock()

	list := make([]Template, 0, len(a.order))
	for _, id := range a.order {
		list = append(list, a.templates[id].Template)
	}
	s.mu.Unlock()
	s.answer(w, http.StatusOK, map[string]any{"status": "success", "templates": list})
}

func (s *Server) getTemplate(w http.ResponseWriter, r *http.Request, a *app) {
	s.mu.Lock()
	t := a.templates[r.PathValue("id")]
	s.mu.Unlock()
	if t == nil {
		s.refuse(w, refuse(msgNoTemplate))
		return
	}

	s.answer(w, http.StatusOK, map[string]any{"status": "success", "template": t.Template})
}

// businessProfile answers in one of the two shapes that the page documents (shared/provider/gupshup/CONTRACT.md section 4).
func (s *Server) businessProfile(w http.ResponseWriter, _ *http.Request, a *app) {
	if a.HideProfilePhone {
		s.answer(w, http.StatusOK, map[string]any{"status": "success", "profile": map[string]string{
			"address": "1 Example Road, Pune", "profileEmail": "hello@" + a.ID[:8] + ".example.com", "desc": a.Name,
		}})
		return
	}

	s.answer(w, http.StatusOK, map[string]any{
		"status": "success", "businessName": a.Name, "displayName": a.Name, "phoneNumber": a.Phone,
		"timeZone": "Asia/Kolkata", "wabaId": a.WABAID,
	})
}

func (s *Server) business(w http.ResponseWriter, _ *http.Request, a *app) {
	s.answer(w, http.StatusOK, map[string]any{"status": "success", "business": map[string]string{
		"name": a.Name, "email": "owner@" + a.ID[:8] + ".example.com",
	}})
}
