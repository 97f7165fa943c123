"""Every word the pages themselves say, in Chinese and in English. What documents and answers say is not here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Strings:
    """One language. Fields with {…} are filled with str.format."""

    lang: str
    name: str  # of the site, when no organisation is set
    # the head of the chat page
    scope: str
    fresh: str
    tested: str
    documents: str
    new: str
    home: str
    skip: str
    # welcome
    welcome: str
    how: str
    how_written: str  # in place of it, when a chat model writes
    knows: str
    works_more: str
    starters: str
    starter_list: str
    starter_plain: str
    starter_item: str
    starter_more: str
    suggestions: str
    limits: str
    # the box
    question: str
    placeholder: str
    ask: str
    stop: str
    stored: str
    privacy: str
    notice: str
    # an answer
    asked: str
    looking: str
    stopped: str
    too_long: str
    failed: str
    offline: str
    read_as: str
    unfold_list: str
    unfold_rest: str
    fold: str
    unfold_quotes: str
    sources: str
    source: str
    open: str
    cite: str
    cited: str
    extractive: str
    written: str
    number: str
    copy: str
    copied: str
    copy_failed: str
    retry: str
    share: str
    share_link: str
    copy_link: str
    share_until: str
    share_failed: str
    good: str
    bad: str
    why_bad: str
    reasons: tuple[tuple[str, str], ...]  # what is stored, what is shown
    thanks: str
    noted_good: str
    done_announced: str
    # refusals
    refused: str
    looked_for: str
    lacking: str
    nearest: str
    whom: str
    rephrase: str
    clarify: str
    # reader
    reader: str
    close: str
    new_page: str
    outline: str
    page: str  # {n}: of a file
    table: str  # {n}: in a document
    quotes: str
    next_quote: str
    previous_quote: str
    list_lead: str
    kind: str
    date: str
    unknown: str
    muted: str
    source_file: str
    missing: str
    missing_lead: str
    gone: str
    # a shared answer
    shared_title: str
    shared_lead: str
    shared_question: str
    shared_until: str
    ask_yourself: str
    # the check by staff
    check: str
    check_searched: str
    check_index: str
    check_writer: str
    check_statements: str
    check_shared: str
    check_withdraw: str
    check_lacking: str
    check_stages: str
    check_parts: tuple[tuple[str, str], ...]
    check_outcomes: tuple[tuple[str, str], ...]
    check_carried: str
    check_changed: str
    # privacy
    privacy_title: str
    privacy_parts: tuple[tuple[str, str], ...]
    privacy_written: tuple[str, str]  # when a chat model writes
    privacy_contact: str
    privacy_no_contact: str
    # foot
    by: str
    contact: str


ZH = Strings(
    lang="zh-CN",
    name="文件问答",
    scope="只依据已收录的文件回答，每句话都注明出处。",
    fresh="收录 {count} 份文件，更新于 {date}",
    tested="，{asked} 道验收题通过 {passed} 道",
    documents="文件目录",
    new="新对话",
    home="回到问答",
    skip="跳到输入框",
    welcome="您好，想了解什么？",
    how="我从文件里找出原文来回答；文件里没有的，会直接告诉您没有。",
    how_written="AI 依据文件写回答，每句话都与原文核对过才显示；文件里没有的，会直接告诉您没有。",
    knows="目前收录",
    works_more="等 {count} 篇，见文件目录",
    starters="可以这样问",
    starter_list="{heading}有哪些？",
    starter_plain="{heading}是什么？",
    starter_item="{heading}第{n}项是什么？",
    starter_more="{heading}，文件怎么说？",
    suggestions="接着问",
    limits="不提供法律、财务等专业意见，也不代办事务。",
    question="问题",
    placeholder="请输入问题，按回车提问",
    ask="提问",
    stop="停止",
    stored="以正式文件为准；问答保存{days}天，请勿填个人信息",
    privacy="隐私说明",
    notice="回答仅供参考，以正式文件为准。",
    asked="您问",
    looking="正在文件中查找……",
    stopped="已停止。",
    too_long="问题太长了，请控制在 {limit} 字以内。",
    failed="抱歉，处理这个问题时出了差错（编号 {number}）。请再试一次，或换一种说法。",
    offline="网络好像断开了，恢复后请重试。",
    read_as="理解为：",
    unfold_list="展开全部 {count} 项",
    fold="收起",
    unfold_rest="展开其余 {count} 句",
    unfold_quotes="展开其余 {count} 处出处",
    sources="出处",
    source="出处 {n}",
    open="查看原文",
    cite="复制引用",
    cited="引用已复制",
    extractive="摘自原文",
    written="AI 生成，已核对",
    number="记录号",
    copy="复制回答",
    copied="已复制",
    copy_failed="没能复制，请手动选择文字",
    retry="重新回答",
    share="分享",
    share_link="分享链接",
    copy_link="复制链接",
    share_until="任何拿到链接的人都能看到这条问答。链接 {days} 天后失效。",
    share_failed="暂时不能分享，请稍后再试。",
    good="有帮助",
    bad="没帮助",
    why_bad="哪里不好？",
    reasons=(("答非所问", "答非所问"), ("引用不对", "引用不对"), ("不完整", "不完整"), ("看不懂", "看不懂")),
    thanks="已记下，谢谢。",
    noted_good="谢谢反馈。",
    done_announced="已回答，共 {count} 处出处。",
    refused="文件里没有找到答案",
    looked_for="查找的是",
    lacking="文件中没有出现",
    nearest="最接近的原文，仅供参考",
    whom="可以咨询",
    rephrase="也可以换一种说法，或到文件目录里直接查看。",
    clarify="您想问的是哪一个？",
    reader="原文",
    close="关闭",
    new_page="在新页面打开",
    outline="目录",
    page="第 {n} 页",
    table="表 {n}",
    quotes="引文",
    next_quote="下一处引文",
    previous_quote="上一处引文",
    list_lead="问答只依据下列文件。",
    kind="文种",
    date="日期",
    unknown="未注明",
    muted="灰色文字（标题、页眉、导航等）只供对照，不用来回答问题。",
    source_file="文件",
    missing="没有找到这个页面",
    missing_lead="链接可能写错了，或者内容已经移走。",
    gone="这个分享链接已经失效或被撤回。",
    shared_title="一条有出处的回答",
    shared_lead="以下原文摘自已收录的文件。",
    shared_question="有人问",
    shared_until="这个链接 {date} 失效。",
    ask_yourself="我也要问",
    check="核对出处",
    check_searched="查找用语",
    check_index="索引",
    check_writer="作答",
    check_statements="回答与引文",
    check_shared="已分享，{date} 失效",
    check_withdraw="撤回分享",
    check_lacking="文件中没有的词",
    check_stages="用时（毫秒）",
    check_parts=(("understand", "理解"), ("retrieve", "查找"), ("write", "作答"), ("verify", "核对"), ("total", "合计")),
    check_outcomes=(("answered", "已回答"), ("refused", "没有找到答案"), ("clarify", "请读者选择"), ("chat", "寒暄"), ("error", "出错")),
    check_carried="与现有原文一致",
    check_changed="原文已更新，与引文不同",
    privacy_title="隐私说明",
    privacy_parts=(
        ("保存什么", "您输入的问题、给出的回答和引文、时间、您点的“有帮助／没帮助”和理由。不要求登录，不设跟踪用的 Cookie，不记录姓名；问题里的手机号、证件号等会先遮盖再保存。"),
        ("为什么保存", "用来核对回答是否有据、发现文件里缺少的内容、改进回答。不用于广告，也不提供给无关的第三方。"),
        ("保存多久", "{days} 天后自动删除。您分享的链接 {share} 天后失效。"),
        ("谁能看到", "只有本单位负责维护问答的工作人员。按下“分享”以后，拿到链接的人也能看到那一条；不按就不会公开。"),
        ("怎样删除", "每条回答下面都有记录号。把记录号告诉我们，就会删除那一条。"),
    ),
    privacy_written=("交给谁处理", "回答由对话模型撰写：您的问题、必要时还有前几句对话，连同有关原文，会发给本单位选用的模型服务。"),
    privacy_contact="联系我们：{contact}",
    privacy_no_contact="请与提供本页面的单位联系。",
    by="主办：",
    contact="联系方式：",
)  # fmt: skip

EN = Strings(
    lang="en",
    name="Ask the documents",
    scope="Answers come from the documents on file alone, every sentence with its source. The documents are in Chinese.",
    fresh="{count} documents on file, updated {date}",
    tested=", {passed} of {asked} acceptance questions passed",
    documents="Documents",
    new="New conversation",
    home="Back to the questions",
    skip="Skip to the question box",
    welcome="Hello. What would you like to know?",
    how="I look for the documents' own words; when they hold no answer, I say so.",
    how_written="AI writes answers from the documents, and each sentence is checked against them before it is shown; when they hold no answer, I say so.",
    knows="On file",
    works_more="and more, {count} in all: see the list of documents",
    starters="You could ask",
    starter_list="{heading}有哪些？",
    starter_plain="{heading}是什么？",
    starter_item="{heading}第{n}项是什么？",
    starter_more="{heading}，文件怎么说？",
    suggestions="Ask further",
    limits="No legal, financial or other professional advice; nothing is done on your behalf.",
    question="Question",
    placeholder="Type a question and press Enter",
    ask="Ask",
    stop="Stop",
    stored="Official documents prevail. Kept for {days} days; leave out personal details.",
    privacy="Privacy",
    notice="For reference only; the official documents prevail.",
    asked="You asked",
    looking="Looking through the documents…",
    stopped="Stopped.",
    too_long="That question is too long. Please keep it within {limit} characters.",
    failed="Sorry, something went wrong (number {number}). Please try again or put it differently.",
    offline="The network seems to be down. Please try again once it is back.",
    read_as="Understood as: ",
    unfold_list="Show all {count} items",
    fold="Show fewer",
    unfold_rest="Show {count} more sentences",
    unfold_quotes="Show {count} more sources",
    sources="Sources",
    source="Source {n}",
    open="Open the document",
    cite="Copy citation",
    cited="Citation copied",
    extractive="Quoted from the documents",
    written="AI-generated, checked",
    number="Record",
    copy="Copy answer",
    copied="Copied",
    copy_failed="Could not copy: please select the text yourself",
    retry="Answer again",
    share="Share",
    share_link="Link to share",
    copy_link="Copy link",
    share_until="Anyone with this link can read this question and answer. It ends after {days} days.",
    share_failed="Sharing is not possible just now. Please try again later.",
    good="Helpful",
    bad="Not helpful",
    why_bad="What was wrong?",
    reasons=(
        ("答非所问", "Not what I asked"),
        ("引用不对", "Wrong source"),
        ("不完整", "Incomplete"),
        ("看不懂", "Hard to understand"),
    ),
    thanks="Noted, thank you.",
    noted_good="Thank you.",
    done_announced="Answered, with {count} sources.",
    refused="The documents hold no answer to this",
    looked_for="Looked for",
    lacking="Not in any document",
    nearest="The nearest passages, for reference",
    whom="You could ask",
    rephrase="You could also put it differently or look through the list of documents.",
    clarify="Which one do you mean?",
    reader="Document",
    close="Close",
    new_page="Open in a new page",
    outline="Contents",
    page="Page {n}",
    table="Table {n}",
    quotes="Quotes",
    next_quote="Next quote",
    previous_quote="Previous quote",
    list_lead="Answers come from these documents alone.",
    kind="Kind",
    date="Date",
    unknown="not stated",
    muted="Grey text (titles, page furniture) is shown for comparison and not used for answers.",
    source_file="File",
    missing="There is no such page",
    missing_lead="The link may be mistyped, or what it led to has moved.",
    gone="This link has ended or was withdrawn.",
    shared_title="An answer with its sources",
    shared_lead="The words below are quoted from the documents on file.",
    shared_question="Somebody asked",
    shared_until="This link ends on {date}.",
    ask_yourself="Ask a question",
    check="Check of sources",
    check_searched="Searched",
    check_index="Index",
    check_writer="Written by",
    check_statements="Statements and quotes",
    check_shared="Shared until {date}",
    check_withdraw="Withdraw the link",
    check_lacking="Words no document holds",
    check_stages="Time taken (ms)",
    check_parts=(("understand", "understand"), ("retrieve", "retrieve"), ("write", "write"), ("verify", "verify"), ("total", "total")),
    check_outcomes=(("answered", "answered"), ("refused", "refused"), ("clarify", "asked back"), ("chat", "small talk"), ("error", "error")),
    check_carried="Same as the document on file",
    check_changed="The document has changed since",
    privacy_title="Privacy",
    privacy_parts=(
        ("What is kept", "Your question, the answer and its quotes, the time, and your opinion if you give one. No login, no tracking cookies, no names; phone and identity numbers are masked before anything is kept."),
        ("Why", "To check that answers rest on the documents, to find what the documents lack, and to improve the answers. Not for advertising, and not passed on to third parties that have no part in this."),
        ("How long", "Deleted after {days} days. Links you share end after {share} days."),
        ("Who can see it", "Only the people of this organisation who look after this service. After you press Share, whoever has the link can see that one answer; otherwise nothing is public."),
        ("How to have it deleted", "Every answer shows a record number. Tell us the number and that record will be deleted."),
    ),
    privacy_written=("Who processes it", "A chat model writes the answers: your question, at times the turns before it, and the passages concerned are sent to the model service this organisation uses."),
    privacy_contact="Contact: {contact}",
    privacy_no_contact="Please contact the organisation that provides this page.",
    by="Provided by ",
    contact="Contact: ",
)  # fmt: skip


def strings_for(accepted: str | None) -> Strings:
    """The language a browser asks for first, from its Accept-Language header: English, or else Chinese."""
    first = (accepted or "").split(",")[0].strip().lower()
    return EN if first == "en" or first.startswith("en-") else ZH
