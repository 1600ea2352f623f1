package firestore

import (
	"context"
	"maps"
	"slices"
	"strings"

	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const defaultPageSize = 300

// GetDocument returns one document.
func (v *service) GetDocument(ctx context.Context, r *pb.GetDocumentRequest) (*pb.Document, error) {
	if err := checkDocumentName("", r.GetName()); err != nil {
		return nil, err
	}

	paths, err := parseMask(r.GetMask())
	if err != nil {
		return nil, err
	}

	docs, _, err := v.s.getAll(ctx, []string{r.GetName()}, r)
	if err != nil {
		return nil, err
	}
	if !docs[0].exists() {
		return nil, status.Errorf(codes.NotFound, "Document %q not found.", relative(r.GetName()))
	}

	return docs[0].answer(paths), nil
}

// getAll reads documents at one time.
func (s *Server) getAll(ctx context.Context, names []string, r consistency) ([]record, *timestamppb.Timestamp, error) {
	if err := checkPresent(r); err != nil {
		return nil, nil, err
	}

	docs := make([]record, len(names))
	at := s.read(func(st *state) {
		for i, name := range names {
			docs[i] = st.get(name)
		}
	})

	s.charge(ctx, Counts{Reads: int64(len(names))}, func() []string { return names })

	return docs, at, nil
}

// BatchGetDocuments returns documents in any order; a name given twice is answered once.
func (v *service) BatchGetDocuments(r *pb.BatchGetDocumentsRequest, stream pb.Firestore_BatchGetDocumentsServer) error {
	names := make([]string, 0, len(r.GetDocuments()))

	asked := make(map[string]bool, len(r.GetDocuments()))
	for _, name := range r.GetDocuments() {
		if err := checkDocumentName(r.GetDatabase(), name); err != nil {
			return err
		}
		if !asked[name] {
			asked[name] = true
			names = append(names, name)
		}
	}

	paths, err := parseMask(r.GetMask())
	if err != nil {
		return err
	}

	docs, at, err := v.s.getAll(stream.Context(), names, r)
	if err != nil {
		return err
	}

	for i, name := range names {
		resp := &pb.BatchGetDocumentsResponse{ReadTime: at, Result: &pb.BatchGetDocumentsResponse_Missing{Missing: name}}
		if docs[i].exists() {
			resp.Result = &pb.BatchGetDocumentsResponse_Found{Found: docs[i].answer(paths)}
		}
		if err := stream.Send(resp); err != nil {
			return err
		}
	}

	return nil
}

// ListCollectionIds returns the ids of the collections of one document or database.
//
//nolint:revive // the service's name for it
func (v *service) ListCollectionIds(ctx context.Context, r *pb.ListCollectionIdsRequest) (*pb.ListCollectionIdsResponse, error) {
	if err := checkParent(r.GetParent()); err != nil {
		return nil, err
	}

	ids := map[string]bool{}
	v.s.read(func(st *state) {
		for path := range st.colls {
			if rest, ok := strings.CutPrefix(path, r.GetParent()+"/"); ok {
				id, _, _ := strings.Cut(rest, "/")
				ids[id] = true
			}
		}
	})

	v.s.charge(ctx, Counts{Reads: 1}, func() []string { return nil })

	return &pb.ListCollectionIdsResponse{CollectionIds: slices.Sorted(maps.Keys(ids))}, nil
}

// ListDocuments returns the documents of a collection by name, page by page; the page token is the next name.
func (v *service) ListDocuments(ctx context.Context, r *pb.ListDocumentsRequest) (*pb.ListDocumentsResponse, error) {
	if err := checkParent(r.GetParent()); err != nil {
		return nil, err
	}
	if r.GetOrderBy() != "" {
		return nil, status.Error(codes.Unimplemented, "Listing documents in another order is not part of the local Firestore.")
	}

	paths, err := parseMask(r.GetMask())
	if err != nil {
		return nil, err
	}

	prefix := r.GetParent() + "/" + r.GetCollectionId()
	all := map[string]record{}
	v.s.read(func(st *state) {
		if c := st.colls[prefix]; c != nil {
			for name, rec := range c.docs {
				all[name] = *rec
			}
		}
		if r.GetShowMissing() {
			st.addMissing(prefix, all)
		}
	})

	names := slices.SortedFunc(maps.Keys(all), compareNames)
	first, _ := slices.BinarySearchFunc(names, r.GetPageToken(), compareNames)
	names = names[first:]
	size := int(r.GetPageSize())
	if size <= 0 {
		size = defaultPageSize
	}

	out := &pb.ListDocumentsResponse{}
	if len(names) > size {
		out.NextPageToken = names[size]
		names = names[:size]
	}

	for _, name := range names {
		out.Documents = append(out.Documents, all[name].answer(paths))
	}

	v.s.charge(ctx, Counts{Reads: int64(max(len(names), 1))}, func() []string { return names })

	return out, nil
}

// addMissing adds the names below prefix that have collections but no document of their own.
func (st *state) addMissing(prefix string, all map[string]record) {
	for path := range st.colls {
		rest, ok := strings.CutPrefix(path, prefix+"/")
		if !ok {
			continue
		}

		id, _, _ := strings.Cut(rest, "/")
		if name := prefix + "/" + id; !all[name].exists() {
			all[name] = record{name: name}
		}
	}
}
