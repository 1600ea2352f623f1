package firestore

import (
	"fmt"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
)

// Seed puts documents into the server as they are, with the times that they have, in the place of what is there. It is not a write: it is not
// counted, the journal does not have it, and nobody who listens hears of it. It is how a server in memory gets what another Firestore has.
func (s *Server) Seed(docs ...*pb.Document) error {
	records := make([]record, len(docs))
	for i, d := range docs {
		if err := checkDocumentName("", d.GetName()); err != nil {
			return err
		}
		var err error
		if records[i], err = recordOf(d); err != nil {
			return fmt.Errorf("seed %s: %w", relative(d.GetName()), err)
		}
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, r := range records {
		s.st.put(r, nil)
	}

	return nil
}
