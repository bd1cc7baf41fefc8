using System.ClientModel;
using OpenAI;
using OpenAI.Chat;

Uri server = new(args is [string address] ? address : "http://127.0.0.1:8080/v1");
ChatClient client = new("pocket", new ApiKeyCredential("none"), new OpenAIClientOptions { Endpoint = server });
await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(new UserChatMessage("Good morning!")))
{
    Console.Write(string.Concat(update.ContentUpdate.Select(part => part.Text)));
}
