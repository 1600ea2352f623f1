package storage

import (
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// list answers with the names of the objects that begin with a prefix, from one on, at most as many as are asked for.
func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	bucket, prefix := r.PathValue("bucket"), r.FormValue("prefix")

	most, err := strconv.Atoi(r.FormValue("maxResults"))
	if _, ok := s.path(bucket, "x"); !ok || err != nil || most < 1 {
		fail(w, http.StatusBadRequest, "only with a number of results")
		return
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if s.broken != nil && s.broken(http.MethodGet, prefix) {
		fail(w, http.StatusServiceUnavailable, "broken by a rule")
		return
	}

	names, err := s.names(bucket)
	if err != nil {
		fail(w, http.StatusInternalServerError, "cannot be read")
		return
	}

	slices.Sort(names)

	var found reply

	for _, name := range names {
		if strings.HasPrefix(name, prefix) && name >= r.FormValue("startOffset") && len(found.Items) < most {
			found.Items = append(found.Items, reply{Name: name, Generation: "1"})
		}
	}

	answer(w, http.StatusOK, found)
}

// names returns the names of a bucket's objects.
func (s *Server) names(bucket string) (names []string, err error) {
	if s.dir == "" {
		for path := range s.objects {
			if name, ok := strings.CutPrefix(path, bucket+"/"); ok {
				names = append(names, name)
			}
		}

		return names, nil
	}

	root := os.DirFS(filepath.Join(s.dir, bucket))

	err = fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}

		return err
	})

	return names, err
}
