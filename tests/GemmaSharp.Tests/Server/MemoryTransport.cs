using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace GemmaSharp.Tests.Server;

/// <summary>Connections of two pipes in memory: Kestrel and HttpClient as they are, and no socket between them.</summary>
internal sealed class MemoryTransport : IConnectionListenerFactory, IConnectionListener
{
    private const int SomePort = 8080;
    private readonly Channel<ConnectionContext> _opened = Channel.CreateUnbounded<ConnectionContext>();

    /// <summary>What the server calls its address; nothing listens there.</summary>
    public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, SomePort);

    /// <summary>Connections that were opened.</summary>
    public int Count { get; private set; }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _opened.Reader.WaitToReadAsync(cancellationToken) && _opened.Reader.TryRead(out ConnectionContext? connection) ? connection : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _opened.Writer.TryComplete();
        return default;
    }

    public ValueTask DisposeAsync() => default;

    /// <summary>What opens connections for a client.</summary>
    public HttpMessageHandler CreateHandler() => new SocketsHttpHandler { ConnectCallback = (_, _) => new ValueTask<Stream>(Open()) };

    private ClientStream Open()
    {
        Pipe toServer = new(), toClient = new();
        Duplex serverEnd = new(toServer.Reader, toClient.Writer), clientEnd = new(toClient.Reader, toServer.Writer);
        CancellationTokenSource closed = new();
        Assert.True(_opened.Writer.TryWrite(new Connection($"memory {++Count}", serverEnd, clientEnd, closed)));
        return new ClientStream(clientEnd, closed);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Connection : DefaultConnectionContext
    {
        private readonly CancellationTokenSource _closed;

        public Connection(string id, IDuplexPipe transport, IDuplexPipe application, CancellationTokenSource closed)
            : base(id, transport, application) => (_closed, ConnectionClosed) = (closed, closed.Token);

        // The base's own source may be disposed by then.
        public override void Abort(ConnectionAbortedException abortReason) => _closed.Cancel();
    }

    // The client's end of a connection; with it goes the connection.
    private sealed class ClientStream(Duplex end, CancellationTokenSource closed) : Stream
    {
        private readonly Stream _input = end.Input.AsStream();
        private readonly Stream _output = end.Output.AsStream();

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => _input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => _output.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => _output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => _input.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => _output.Write(buffer, offset, count);

        public override void Flush() => _output.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _output.Dispose();
                _input.Dispose();
                closed.Cancel();
            }

            base.Dispose(disposing);
        }
    }
}
