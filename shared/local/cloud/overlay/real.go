package overlay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	vkit "cloud.google.com/go/firestore/apiv1"
	pb "cloud.google.com/go/firestore/apiv1/firestorepb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Real reads the default database of a project. It has no way to write.
type Real struct {
	database string
	client   *vkit.Client
}

// OpenReal returns a reader of a project's Firestore: of the emulator at a host and port, or where that is empty of the one that the options
// lead to. It makes no call.
func OpenReal(ctx context.Context, project, emulator string, opts ...option.ClientOption) (*Real, error) {
	large := option.WithGRPCDialOption(grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32)))

	opts = append([]option.ClientOption{large}, opts...)
	if emulator != "" {
		opts = append(opts,
			option.WithEndpoint(emulator), option.WithoutAuthentication(), option.WithTelemetryDisabled(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
			option.WithGRPCDialOption(grpc.WithPerRPCCredentials(ownerOfEmulator{})),
		)
	}

	client, err := vkit.NewClient(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("overlay.OpenReal: %w", err)
	}

	return &Real{database: "projects/" + project + "/databases/(default)", client: client}, nil
}

// Close releases the connection.
func (r *Real) Close() error { return r.client.Close() }

// root begins the names of all documents.
func (r *Real) root() string { return r.database + "/documents/" }

// get reads documents; those that there are not are left out.
func (r *Real) get(ctx context.Context, names []string) ([]*pb.Document, error) {
	stream, err := r.client.BatchGetDocuments(ctx, &pb.BatchGetDocumentsRequest{Database: r.database, Documents: names})
	if err != nil {
		return nil, err
	}

	return collect(stream.Recv, (*pb.BatchGetDocumentsResponse).GetFound)
}

// run returns the documents that a query finds, in its order.
func (r *Real) run(ctx context.Context, parent string, q *pb.StructuredQuery) ([]*pb.Document, error) {
	stream, err := r.client.RunQuery(ctx, &pb.RunQueryRequest{
		Parent: parent, QueryType: &pb.RunQueryRequest_StructuredQuery{StructuredQuery: q},
	})
	if err != nil {
		return nil, err
	}

	return collect(stream.Recv, (*pb.RunQueryResponse).GetDocument)
}

// collect returns the documents of all responses of a stream; a response may be without one.
func collect[R any](receive func() (R, error), document func(R) *pb.Document) ([]*pb.Document, error) {
	var docs []*pb.Document
	for {
		resp, err := receive()
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		if doc := document(resp); doc != nil {
			docs = append(docs, doc)
		}
	}
}

// ownerOfEmulator is how Firestore's client signs in at an emulator.
type ownerOfEmulator struct{}

// GetRequestMetadata is part of [credentials.PerRPCCredentials].
func (ownerOfEmulator) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer owner"}, nil
}

// RequireTransportSecurity is part of [credentials.PerRPCCredentials].
func (ownerOfEmulator) RequireTransportSecurity() bool { return false }
