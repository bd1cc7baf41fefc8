using GemmaSharp;

using GemmaEngine gemma = GemmaEngine.Load("models/pocket");
using ChatSession chat = gemma.CreateSession();
ChatMessage question = ChatMessage.User("Describe the image.", ContentPart.Image("models/pocket/samples/scene-0.png"));
await foreach (GenerationUpdate update in chat.SendAsync(question))
{
    Console.Write(update.Text);
}
