/** What is characteristic of the languages that `language` knows, by ISO 639-1 code. Written for routec. */

export interface Profile {
  /** Words that nearly every text of the language has, in lower case. */
  readonly words: string;
  /** Letters that few other languages have. */
  readonly letters: string;
  /** Beginnings (`th-`), endings (`-ing`) and insides (`sch`) of words. */
  readonly parts: string;
}

/** Languages in the Latin script. */
export const LATIN: Readonly<Record<string, Profile>> = {
  en: {
    words:
      "the of and to in is you that it he was for on are with as his they at be this have from or had by but what some we can out other were all your when how which do if will an each about them then would these so her him has who been now my did no more could make than first not i me our there does a please should why where very just",
    letters: "",
    parts: "th- wh- kn- -ing -ght -ly -ould -tion -ed",
  },
  de: {
    words:
      "der die das und in den von zu mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis mehr durch man sein wurde ich du wir ihr mich mir wenn kann was bitte diese dieser kein keine sehr schon habe wo warum",
    letters: "äöüß",
    parts: "sch -ung -lich -keit -heit -en ge- -cht ei pf tz",
  },
  fr: {
    words:
      "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son aux d l s c qu n j m je tu nous vous ils elle on mais ou où cette comme ont été être fait tout sa ses leur si y très bien peut quand comment pourquoi quel mon ma mes votre notre suis chez",
    letters: "éèêàçœùîôû",
    parts: "-eux -aux -ment -tion -ez -eau eu oi qu- -ique -ière",
  },
  es: {
    words:
      "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi porque qué sólo han yo hay vez puede todos así nos ni parte tiene él uno donde bien cómo estoy tengo quiero dónde cuál mis te",
    letters: "ñáíóú",
    parts: "-ción -dad -mente ll- -ado -ido -ando -ar -os ue ie",
  },
  it: {
    words:
      "di e il la che in a per un è non del della le con si una da i sono al più come dei nel ma lo alla ha delle gli anche o su dal nella questo se ci ai mi sul cui essere quando ho hanno tra era stato cosa perché loro degli io tu lui lei noi voi questa molto mio mia dove qual quale come posso vorrei puoi può sulla c l dell all un'",
    letters: "èòàìù",
    parts: "-zione gli -mente -ssimo -tto -ità -are -ere -ono cch zz",
  },
  pt: {
    words:
      "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem mesmo aos ter seus quem nas me esse eles você essa num nem suas meu às minha numa qual são onde posso porque pode vou meus",
    letters: "ãõâêçáé",
    parts: "-ção -ções -ão nh lh -mente -ando -dade -eiro -inho",
  },
  nl: {
    words:
      "de van het een en in is dat op te zijn met voor die niet aan er om ook als maar bij door naar dan uit nog wordt over heeft ze hij kan je we ik mijn zou was worden meer wat dit deze hun of geen zo mij u uw onze veel waar hoe wel moet tot al had heb ben hebben waarom graag wil jij",
    letters: "ĳ",
    parts: "ij aa ee oo uu -heid -lijk sch ge- -tje cht ver- oe",
  },
  pl: {
    words:
      "w i na z się nie do to że jest o jak za od po ale przez jego ze tym co był czy dla tak już tylko są ich może było przed być który która które ten ta te tego jako oraz przy pod jej mnie mi mój moja ja ty on ona my jestem mam kiedy gdzie dlaczego proszę jaki jaka także bardzo będzie we u",
    letters: "łąężźćńśó",
    parts: "sz cz rz prz- -ych -ego -ość -ski -ów -ie dz",
  },
  cs: {
    words:
      "a v se na je že o s z do i to k ve pro za by ale si po jako podle od jsem tak jeho které která který byl jen jsou když co až už nebo při jak není být bylo před více své má mezi může ještě mi mě můj moje jsme já ty on ona kde proč prosím tento tato této pod u bude také velmi",
    letters: "řěůýčšžá",
    parts: "př- -ost -ní -ého -ých -ové -ách ou -uji",
  },
  sv: {
    words:
      "och att det i en som på är av för med den till inte har de ett om var jag så men från vi kan när nu ska skulle hade här också efter eller vid mot över där han hon sig sin man du din mitt min vad hur varför alla mycket inom ut upp bara detta dessa blir än utan bli finns ni er är mig",
    letters: "åäö",
    parts: "-ning -het sk- -ade -arna -orna ck -ligt sj av-",
  },
  da: {
    words:
      "og i at det er en på til af for de med den som ikke der et var jeg har om så men fra vi kan når nu skal skulle havde her også efter eller ved mod over han hun sig sin man du din mit min hvad hvordan hvorfor alle meget ud op kun dette disse bliver end uden blev hvor mig af nogle være",
    letters: "æøå",
    parts: "-ning -hed sk- -ede -erne hv- -else -lige øj ej -sion af-",
  },
  no: {
    words:
      "og i det er på en som til av for at å de med har den ikke et var jeg om så men fra vi kan når nå skal skulle hadde her også etter eller ved mot over han hun seg sin man du din mitt min hva hvordan hvorfor alle mye ut opp bare dette disse blir enn uten ble hvor meg noen være eg ikkje",
    letters: "æøå",
    parts: "-ning -het sk- -ene hv- -else -lig øy ei -sjon av-",
  },
  fi: {
    words:
      "ja on ei se että hän oli ovat mutta kun niin joka tai kuin mitä myös olla mukaan sen ole ne nyt vain jos jo minä sinä me te he minun sinun tämä nämä tässä siitä miten miksi missä voi voin olen oli olisi kanssa jälkeen ennen kaikki hyvin vielä koska mikä minulla haluan tätä",
    letters: "äö",
    parts: "-ssa -ssä -sta -stä -lla -llä -nen -ksi -iin -lle -lta -ltä yy ää ii uu kk -vat -mme",
  },
  hu: {
    words:
      "a az és hogy nem is egy ez de meg csak már még ha van volt mint vagy azt el kell ki be lehet mert fel ezt le sem én te ő mi ti ők nagyon minden után nekem hogyan miért hol mikor ami aki amely szerint között lesz vannak majd pedig ne itt ott kérem szeretném vagyok milyen",
    letters: "őűáéóüö",
    parts: "sz gy cs -ban -ben -nak -nek -ság -ség -tt -hoz -val ly ny zs",
  },
  ro: {
    words:
      "și de în a la cu nu pe o că din un să este mai care pentru se ce au sunt sau prin fi al ale lui cel dar după această acest era fost avea ca am eu tu el ea noi voi îmi cum unde când vă rog aș foarte dacă între pot ar mă mi ai are despre unei unui",
    letters: "șțăîâşţ",
    parts: "-ului -ilor -ție -area -ească -ea oa -uri",
  },
  tr: {
    words:
      "ve bir bu da de için ile çok daha olan ne gibi o kadar olarak ama en sonra var ben sen biz siz onlar mi mı mu mü değil nasıl neden nerede her ki ya hem şey ise veya yok olduğu benim senin bana lütfen istiyorum olur oldu beni şu kim hangi zaman",
    letters: "ğışçöü",
    parts: "-lar -ler -yor -dır -dir -mak -mek -lık -ın -dan -den -ım -iyorum -acak",
  },
  vi: {
    words:
      "và của là có được cho một trong không những với các này để người tôi đã khi ở đến từ như về cũng nhiều bạn anh chị em thì mà ra lại làm gì sao nào đó rất hay hoặc nếu phải vào năm trên tại sẽ đang việc chúng hãy",
    letters: "ăâđêôơưạảấầẩậắằẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
    parts: "ng- nh- tr- kh- -nh ph-",
  },
  id: {
    words:
      "yang dan di dari untuk dengan pada ini tidak itu dalam adalah ke akan saya ada juga oleh mereka kami kita atau sudah bisa dapat karena lebih telah seperti anda apa bagaimana mengapa tersebut secara para kepada sebagai bahwa harus banyak saat hanya jika tolong dia belum aku kamu mana",
    letters: "",
    parts: "meng- ber- per- ter- mem- -kan -nya -an pen- peng- -lah se-",
  },
};

/** Languages in the Cyrillic script. */
export const CYRILLIC: Readonly<Record<string, Profile>> = {
  ru: {
    words:
      "и в не на я что тот быть с он а это как к по но они мы этот из у который то за свой весь год от так о для ты же все или если было его меня мне вы бы только уже когда где почему пожалуйста нет есть может очень до также при чтобы как можно мой",
    letters: "ыэъё",
    parts: "-ться -ого -ение -ость -ый -ать -ами",
  },
  uk: {
    words:
      "і в не на що з до як це та у за від для він вона вони ми ви є але про або якщо було його мене мені тільки вже коли де чому будь ласка немає може дуже також при щоб й ти цей бути який яка які по так можна мій",
    letters: "іїєґ",
    parts: "-ться -ого -ння -ість -ий -ати -ами -ій",
  },
  bg: {
    words:
      "на и в за да се от не е с са че по до като това ще или при който която които но си има след той тя те ни аз ти вие ми му ги със през както само може много където защо кога моля как е съм бе още тези този тази към",
    letters: "ъщ",
    parts: "-та -то -ът -ите -ние -ване -ата -ето",
  },
};
