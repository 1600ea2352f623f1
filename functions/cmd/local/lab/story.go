package lab

import (
	"context"
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
)

// Stories are what is done on a run step by step.
type Stories interface {
	// Step does a step, given as it stands in a story's file, and says in words what came of it at once.
	Step(ctx context.Context, step []byte) (words string, err error)
	// Save returns the file of an order's story so far.
	Save(ctx context.Context, orderID string) ([]byte, error)
}

// story answers with the file of an order's story so far, or does one step (POST).
func (l *Lab) story(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet, http.MethodPost); err != nil {
		return err
	}

	if r.Method == http.MethodPost {
		body, err := httpx.ReadBody(rw, r, maxBody)
		if err != nil {
			return err
		}
		if err = httpx.CheckJSON(body, httpx.MaxDepth); err != nil {
			return err
		}

		words, err := l.Stories.Step(context.WithoutCancel(r.Context()), body) // what has begun is done, and noted, whoever has gone
		if err != nil {
			return err
		}

		return httpx.WriteJSON(rw, http.StatusAccepted, map[string]string{"done": words})
	}

	id, err := orderIDOf(r)
	if err != nil {
		return err
	}

	file, err := l.Stories.Save(r.Context(), id)
	if err != nil {
		return err
	}

	return httpx.WriteBytes(rw, http.StatusOK, "application/json", file)
}
